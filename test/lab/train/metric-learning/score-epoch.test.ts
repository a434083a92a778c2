import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normal, randomFrom } from '../../../../src/base/random.js';
import { identityHead } from '../../../../src/biometrics/head/head.js';
import { bestBeginning } from '../../../../src/lab/train/metric-learning/made.js';
import { heldOutTmrOf } from '../../../../src/lab/train/metric-learning/score-epoch.js';
import { ENCODER } from '../../../biometrics/head/sample.js';

/** The first number is the person, the second is noise that is louder. */
const photosOf = (people: number) =>
  Array.from({ length: 2 * people }, (_, i) => {
    const random = randomFrom(i + 1);
    const person = Math.floor(i / 2);
    return {
      person: `p${person}`,
      side: 'live' as const,
      embedding: Float32Array.of(person + 0.1 * normal(random), 20 * normal(random)),
    };
  });
const side = (...gains: readonly [number, number]) => ({
  unitInput: false,
  unitOutput: false,
  linear: { rows: 2, columns: 2, data: Float32Array.of(gains[0], 0, 0, gains[1]) },
});
const as = (projection: ReturnType<typeof side>) => ({ template: projection, live: projection });
const [deaf, keen] = [as(side(0, 1)), as(side(1, 0))];

for (const people of [14, 40, 150]) {
  test(`${people} people can tell which of two heads is better`, () => {
    const judge = heldOutTmrOf(photosOf(people), identityHead(ENCODER, 2), 'euclidean');
    assert.ok(judge(keen) > judge(deaf) + 0.3, `${judge(keen)} ${judge(deaf)}`);
    assert.ok(judge(keen) <= 1);
    assert.equal(bestBeginning([deaf, keen], undefined, judge).start, keen);
  });
}

test('of two that are alike the first is kept, and so nothing is changed without a reason', () => {
  const { start, crowd } = bestBeginning([deaf, keen], undefined, () => 0.5);
  assert.deepEqual([start, crowd], [deaf, undefined]);
});
