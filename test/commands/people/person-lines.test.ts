import assert from 'node:assert/strict';
import { test } from 'node:test';
import { modelDigest, personId } from '../../../src/base/ids.js';
import { againLine, hasToComeAgain, lineOf } from '../../../src/commands/people/person-lines.js';
import type { Enrolled } from '../../../src/ports/gallery-store.js';

const [old, next] = ['a', 'b'].map((digit) => modelDigest(digit.repeat(64)));
const having = (...digests: readonly (typeof old)[]): Enrolled => ({
  person: { id: personId('ada'), name: 'Ada' },
  badges: [],
  templates: digests.flatMap((digest) =>
    digest === undefined ? [] : [{ digest, source: 'c'.repeat(64), createdAt: 0 }],
  ),
});

for (const [name, one, encoder, again] of [
  ['whoever has a template of the encoder in use does not', having(old, next), next, false],
  ['whoever has only older ones does', having(old), next, true],
  ['whoever was never photographed does not', having(), next, false],
  ['nobody does where no encoder is known', having(old), undefined, false],
] as const)
  test(`who has to be enrolled again: ${name}`, () => {
    assert.equal(hasToComeAgain(one, encoder), again);
    assert.equal(lineOf(one, 3, again).includes('ENROL AGAIN'), again);
  });

test('they are counted in words', () => {
  assert.match(againLine(1), /^1 of them has no template .* this person again\.$/);
  assert.match(againLine(2), /^2 of them have no template .* them again\.$/);
});
