import assert from 'node:assert/strict';
import { test } from 'node:test';
import { modelDigest, personId } from '../../src/base/ids.js';
import { wallTime } from '../../src/base/units.js';
import { PHOTO } from '../../src/biometrics/conditions/capture-condition.js';
import { detailsOf, enrollAgainLine, lineOf, needsEnrollmentAgain } from '../../src/cli/person-lines.js';
import type { Enrolled } from '../../src/records/people/gallery-store.js';

const [old, next] = ['a', 'b'].map((digit) => modelDigest(digit.repeat(64)));
const having = (...digests: readonly (typeof old)[]): Enrolled => ({
  person: { id: personId('ada'), name: 'Ada' },
  badges: [],
  templates: digests.flatMap((digest) =>
    digest === undefined ? [] : [{ digest, source: 'c'.repeat(64), createdAt: 0, condition: PHOTO }],
  ),
});

for (const [name, one, encoder, again] of [
  ['whoever has a template of the encoder in use does not', having(old, next), next, false],
  ['whoever has only older ones does', having(old), next, true],
  ['whoever was never photographed does not', having(), next, false],
  ['nobody does where no encoder is known', having(old), undefined, false],
] as const)
  test(`who has to be enrolled again: ${name}`, () => {
    assert.equal(needsEnrollmentAgain(one, encoder), again);
    assert.equal(lineOf(one, { width: 3, again, zone: 'UTC' }).includes('ENROL AGAIN'), again);
  });

test('they are counted in words', () => {
  assert.match(enrollAgainLine(1), /^1 of them has no template .* this person again\.$/);
  assert.match(enrollAgainLine(2), /^2 of them have no template .* them again\.$/);
});

test('until when somebody is valid is written as the last day of the site, with its time zone', () => {
  const zone = 'America/Los_Angeles';
  const one = { ...having(), person: { ...having().person, validUntil: wallTime(Date.UTC(2027, 0, 1, 8)) } };
  const line = lineOf(one, { width: 3, again: false, zone });
  assert.match(line, /until the end of 2026-12-31 \(America\/Los_Angeles\)/);
  assert.match(detailsOf(one, 'Europe/Berlin').join('\n'), /until 2027-01-01 09:00 \(Europe\/Berlin\)/);
});
