/** Every limit of a person's record, asked at one place. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { badgeId, modelDigest, personId } from '../../../src/base/ids.js';
import { wallTime } from '../../../src/base/units.js';
import { decodeSegment, encodeSegment } from '../../../src/fleet/segments/segment.js';
import type { Person } from '../../../src/records/people/person.js';
import {
  expectRecord,
  MAX_BADGES,
  MAX_TEMPLATES,
  problemsOfRecord,
  type RecordToCheck,
  readConsentText,
} from '../../../src/records/people/record-rules.js';
import { sameFields } from '../../support/same-fields.js';

const ada: Person = { id: personId('ada'), name: 'Ada Lovelace' };
const numbered = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `b${i}`);
const agreed = { textVersion: '2026-1', givenAt: wallTime(0) };

for (const [what, record, field] of [
  ['a name over 256 characters', { person: { ...ada, name: 'x'.repeat(257) } }, 'name'],
  ['33 badges', { person: ada, badges: numbered(33) }, 'badges'],
  ['one badge in two spellings', { person: ada, badges: ['04A2', '04a2'] }, 'badges'],
  ['over 100 photographs of one person', { person: ada, templates: 101 }, 'templates'],
  ['photographs that cannot be counted', { person: ada, templates: Number.NaN }, 'templates'],
  ['65 groups', { person: { ...ada, groups: numbered(65) } }, 'groups'],
  ['one group in two spellings', { person: { ...ada, groups: ['Suspended', 'suspended'] } }, 'groups'],
  ['the group of all', { person: { ...ada, groups: ['Everyone'] } }, 'groups'],
  ['an id with a blank', { person: { ...ada, id: personId('ada ') } }, 'id'],
  ['an empty consent version', { person: { ...ada, consent: { ...agreed, textVersion: '' } } }, 'consent'],
  ['a blank consent version', { person: { ...ada, consent: { ...agreed, textVersion: ' ' } } }, 'consent'],
  [
    'an end before the beginning',
    { person: { ...ada, validFrom: wallTime(2), validUntil: wallTime(1) } },
    'valid',
  ],
  ['a date that is none', { person: { ...ada, validFrom: wallTime(Number.NaN) } }, 'valid'],
] as const satisfies readonly (readonly [string, RecordToCheck, string])[])
  test(`refuses a record with ${what}`, () => {
    sameFields(
      problemsOfRecord(record).map((problem) => problem.field),
      [field],
    );
    assert.throws(() => expectRecord(record), { code: 'enrolment-refused', message: /^Expected .*, got / });
  });

test('what the rules take at its largest goes through a segment of the fleet', () => {
  const person: Person = {
    ...ada,
    name: '\u{1F469}'.repeat(128),
    consent: { ...agreed, textVersion: '"'.repeat(256), until: wallTime(8.64e15) },
    groups: Array.from({ length: 64 }, (_, i) => `g${`${i}`.padStart(63, '0')}`),
  };
  const badges = Array.from({ length: MAX_BADGES }, (_, i) => badgeId(`b${`${i}`.padStart(63, '0')}`));
  sameFields(problemsOfRecord({ person, badges, templates: MAX_TEMPLATES }), []);
  const templates = Array.from({ length: MAX_TEMPLATES }, (_, i) => ({
    digest: modelDigest('a'.repeat(64)),
    source: `${i}`.padStart(64, '0'),
    createdAt: wallTime(1),
    vector: Float32Array.of(1, 0),
  }));
  const [read] = decodeSegment(encodeSegment([{ person, badges, templates }]));
  sameFields(read?.person, person);
  assert.equal(read?.templates.length, MAX_TEMPLATES);
});

test('an empty consent version is none', () => {
  for (const text of ['', ' ', '\u200b', '\n', 'x'.repeat(257)])
    assert.equal(readConsentText(text), undefined);
  assert.equal(readConsentText(' 2026-1 '), '2026-1');
});
