import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { randomFrom } from '../../../../src/base/random.js';
import { batchesOf, batchHard, pairsOf, semiHard } from '../../../../src/lab/train/metric-learning/mining.js';
import type { Rows } from '../../../../src/lab/train/metric-learning/rows.js';

/** Points on a line; people by letter. */
function line(points: readonly (readonly [string, number, ('template' | 'live')?])[]): Rows {
  const sided = points.some(([, , side]) => side !== undefined);
  return {
    vectors: Float64Array.from(points, ([, at]) => at),
    dimension: 1,
    people: Int32Array.from(points, ([name]) => name.charCodeAt(0)),
    sides: sided ? Uint8Array.from(points, ([, , side]) => (side === 'template' ? 0 : 1)) : undefined,
  };
}

test('batch-hard takes the farthest own and the nearest stranger of each anchor', () => {
  const rows = line([
    ['a', 0],
    ['a', 1],
    ['a', 5],
    ['b', 2],
    ['b', 9],
  ]);
  assert.deepEqual(batchHard(rows), [
    { anchor: 0, positive: 2, negative: 3 },
    { anchor: 1, positive: 2, negative: 3 },
    { anchor: 2, positive: 0, negative: 3 },
    { anchor: 3, positive: 4, negative: 1 },
    { anchor: 4, positive: 3, negative: 2 },
  ]);
});

test('semi-hard takes the nearest stranger beyond the own one and within the margin', () => {
  const rows = line([
    ['a', 0],
    ['a', 2],
    ['b', 1],
    ['c', 2.5],
    ['d', -2.2],
    ['e', 9],
  ]);
  // From 0 the own one is at 4: b at 1 is nearer, c at 6.25 is beyond but not the nearest, d at 4.84 is.
  const fromZero = semiHard(rows, 3).filter(({ anchor }) => anchor === 0);
  assert.deepEqual(fromZero, [{ anchor: 0, positive: 1, negative: 4 }]);
});

test('semi-hard takes nothing where all strangers are nearer, or all farther by the margin', () => {
  assert.deepEqual(
    semiHard(
      line([
        ['a', 0],
        ['a', 3],
        ['b', 1],
      ]),
      1,
    ).filter(({ anchor }) => anchor === 0),
    [],
  );
  assert.deepEqual(
    semiHard(
      line([
        ['a', 0],
        ['a', 1],
        ['b', 9],
      ]),
      1,
    ),
    [],
  );
});

test('with sides, a pair is always a template and a live face', () => {
  const rows = line([
    ['a', 0, 'template'],
    ['a', 1, 'live'],
    ['a', 9, 'template'],
    ['b', 0.5, 'template'],
    ['b', 3, 'live'],
  ]);
  assert.deepEqual(
    batchHard(rows).find(({ anchor }) => anchor === 0),
    { anchor: 0, positive: 1, negative: 4 },
  );
});

test('people who are alone teach as strangers only', () => {
  const rows = line([
    ['a', 0],
    ['b', 1],
    ['c', 2],
  ]);
  assert.deepEqual(batchHard(rows), []);
  assert.deepEqual(semiHard(rows, 1), []);
});

const anyRows = fc
  .array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.double({ min: -5, max: 5, noNaN: true })), {
    minLength: 2,
    maxLength: 12,
  })
  .map((points) => line(points.map(([name, at]) => [name, at] as const)));

for (const [name, mine] of [
  ['batch-hard', (rows: Rows) => batchHard(rows)],
  ['semi-hard', (rows: Rows) => semiHard(rows, 2)],
] as const) {
  test(`${name} never mixes up who is who`, () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        for (const { anchor, positive, negative } of mine(rows)) {
          assert.notEqual(anchor, positive);
          assert.equal(rows.people[anchor], rows.people[positive]);
          assert.notEqual(rows.people[anchor], rows.people[negative]);
        }
      }),
    );
  });
}

test('the pairs of triplets come once each', () => {
  const pairs = pairsOf([
    { anchor: 0, positive: 1, negative: 2 },
    { anchor: 1, positive: 0, negative: 2 },
  ]);
  assert.deepEqual(pairs, [
    { a: 0, b: 1, same: true },
    { a: 0, b: 2, same: false },
    { a: 1, b: 2, same: false },
  ]);
});

/** 30 people of five photos, then 50 of one. */
const people = Int32Array.from({ length: 200 }, (_, row) => (row < 150 ? Math.floor(row / 5) : row - 120));
const plan = { size: 20, perPerson: 3, impostors: 0.25 };

test('each person with several photos comes once an epoch, with at most so many photos', () => {
  const batches = batchesOf({ people }, plan, randomFrom(1));
  const seen = batches.flatMap((batch) => [...new Set(batch.map((row) => people[row]))]);
  for (let person = 0; person < 30; person += 1) assert.equal(seen.filter((one) => one === person).length, 1);
  for (const batch of batches)
    for (let person = 0; person < 30; person += 1) {
      const count = batch.filter((row) => people[row] === person).length;
      assert.ok(count === 0 || count === 3);
    }
});

test('a batch keeps its size, holds no row twice, and is filled up with people of one photo', () => {
  for (const batch of batchesOf({ people }, plan, randomFrom(2))) {
    assert.equal(batch.length, plan.size);
    assert.equal(new Set(batch).size, batch.length);
    assert.ok(batch.some((row) => row >= 150));
  }
});

test('does without impostors where there are none', () => {
  const batches = batchesOf({ people: people.slice(0, 150) }, plan, randomFrom(1));
  assert.equal(batches.flat().length, 30 * 3);
});

test('with sides, who is not on both can only be a stranger', () => {
  const of = Int32Array.of(1, 1, 1, 1, 2, 2, 3, 3);
  const sides = Uint8Array.of(0, 0, 1, 1, 0, 0, 0, 1);
  const [batch] = batchesOf({ people: of, sides }, { size: 8, perPerson: 1, impostors: 0.5 }, randomFrom(1));
  const count = (person: number) => batch?.filter((row) => of[row] === person).length;
  assert.deepEqual([count(1), count(3)], [2, 2]);
});

test('has no batch where nobody can be compared with itself', () => {
  assert.deepEqual(batchesOf({ people: Int32Array.of(1, 2, 3) }, plan, randomFrom(1)), []);
});
