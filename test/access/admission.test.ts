import assert from 'node:assert/strict';
import { test } from 'node:test';
import { objectionTo } from '../../src/access/admission.js';
import { personId } from '../../src/base/ids.js';
import { wallTime } from '../../src/base/units.js';
import type { Person } from '../../src/records/people/person.js';

const consent = { textVersion: '1', givenAt: wallTime(0) };
const ada: Person = { id: personId('ada'), name: 'Ada', consent };
const now = wallTime(1000);

for (const [name, person, at, objection] of [
  ['lets somebody pass who may at any time', ada, now, undefined],
  ['lets somebody pass from the first moment on', { ...ada, validFrom: now }, now, undefined],
  ['refuses before the first moment', { ...ada, validFrom: wallTime(1001) }, now, 'not-yet-valid'],
  ['refuses at the end itself', { ...ada, validUntil: now }, now, 'expired'],
  ['lets somebody pass until just before the end', { ...ada, validUntil: wallTime(1001) }, now, undefined],
  ['refuses without consent', { id: ada.id, name: ada.name }, now, 'no-consent'],
  ['refuses somebody who is no longer enrolled', undefined, now, 'unknown'],
  ['refuses when the clock says nothing', { ...ada, validUntil: now }, wallTime(Number.NaN), 'expired'],
  ['refuses when a date is no number', { ...ada, validFrom: wallTime(Number.NaN) }, now, 'not-yet-valid'],
] as const) {
  test(name, () => assert.equal(objectionTo(person, at), objection));
}
