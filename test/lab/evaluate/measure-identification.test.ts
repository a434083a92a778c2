import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TwinstileError } from '../../../src/base/errors.js';
import { evaluateIdentification } from '../../../src/lab/evaluate/measure-identification.js';
import { HALF_TWIN, photosOf } from './people.js';

const plan = { replicates: 200, seed: 1 };
const many = { people: 300, photosOf: () => 3 };

test('gives both rates with intervals at each size, and says which sizes are too large', () => {
  const { sizes, tooLarge } = evaluateIdentification(photosOf(many), [10, 100, 1000], 5, plan);
  assert.deepEqual(tooLarge, [1000]);
  assert.deepEqual(
    sizes.map(({ gallery, draws, matedSearches, strangerSearches }) => [
      gallery,
      draws,
      matedSearches,
      strangerSearches,
    ]),
    [
      [10, 5, 5 * 20, 5 * 290],
      [100, 5, 5 * 200, 5 * 200],
    ],
  );
  for (const { measured } of sizes)
    for (const { allowed, fpir, fnir } of measured) {
      assert.ok(fpir.value <= allowed);
      assert.ok(fnir.from <= fnir.to);
    }
});

test('a larger gallery misses more of its own at the same rate of strangers', () => {
  const { sizes } = evaluateIdentification(photosOf({ ...many, spread: 0.5 }), [5, 150], 5, plan);
  const at = (size: number) => sizes.find(({ gallery }) => gallery === size)?.measured[0]?.fnir.value ?? 0;
  assert.ok(at(150) > at(5));
});

test('the same seed gives the same figures', () => {
  const once = () => evaluateIdentification(photosOf(many), [20], 3, plan);
  assert.deepEqual(once(), once());
});

test('sends templates and live faces through their own halves of a half-twin', () => {
  const { digest, sizes } = evaluateIdentification(photosOf(many, HALF_TWIN), [20], 3, plan);
  assert.equal(digest, photosOf({}, HALF_TWIN).comparison.digest);
  const own = evaluateIdentification(photosOf(many), [20], 3, plan).sizes[0]?.measured[0];
  assert.notDeepEqual(sizes[0]?.measured[0], own);
});

test('refuses sizes for which there are not enough people', () => {
  assert.throws(
    () => evaluateIdentification(photosOf(), [40], 3, plan),
    (error) => error instanceof TwinstileError && error.code === 'bad-arguments',
  );
});
