import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { randomFrom } from '../../../src/base/random.js';
import {
  leftBehind,
  sharedBetween,
  sharedWithin,
  stretchOf,
} from '../../../src/biometrics/conditions/shared-part.js';
import { holds } from '../../support/properties.js';

const SIZE = 64;

/** Directions of which one part, of this length, is the same for everybody. */
function peopleOf(count: number, shared: number, axis: number, seed: number): readonly Float64Array[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () => {
    const own = Float64Array.from({ length: SIZE }, (_, i) => (i < 2 ? 0 : random() - 0.5));
    const length = Math.hypot(...own);
    const rest = Math.sqrt(1 - shared ** 2);
    return own.map((value, i) => (i === axis ? shared : (value / length) * rest));
  });
}

const centreOf = (people: readonly Float64Array[]) => ({
  mean: Float64Array.from(
    { length: SIZE },
    (_, i) => people.reduce((sum, one) => sum + (one[i] ?? 0), 0) / people.length,
  ),
  people: people.length,
});

test('of one person it is not known, and a camera is taken for one that shares as much as was ever measured', () => {
  assert.equal(sharedWithin(centreOf(peopleOf(1, 0.9, 0, 1))), 1 / 3);
});

test('of many people it is what they share, whatever that is', () => {
  for (const shared of [0, 0.3, 0.57, 0.7]) {
    const found = sharedWithin(centreOf(peopleOf(60, shared, 0, 2)));
    assert.ok(Math.abs(found - shared ** 2) < 0.01, `${found} for ${shared ** 2}`);
  }
});

test('two cameras are taken for twins until their people show what they share', () => {
  const [here, there] = [peopleOf(20, 0.57, 0, 3), peopleOf(20, 0.57, 1, 4)];
  const [one, all] = [centreOf(here.slice(0, 1)), centreOf(here)];
  const unlike = sharedBetween(all, centreOf(there));
  assert.ok(unlike < 0.02, `${unlike}`);
  const twins = sharedBetween(all, centreOf(peopleOf(20, 0.57, 0, 5)));
  assert.ok(Math.abs(twins - 0.57 ** 2) < 0.02, `${twins}`);
  assert.ok(sharedBetween(one, centreOf(there.slice(0, 1))) > 0.2);
});

test('by the stretch an impostor at a twin comes no nearer than one who shares nothing', () => {
  const shared = 0.57;
  const stretch = stretchOf(shared ** 2);
  const [templates, faces] = [peopleOf(30, shared, 0, 6), peopleOf(30, shared, 0, 7)];
  const plain = (a: Float64Array, b: Float64Array, from: number): number =>
    Math.hypot(...a.slice(from).map((value, i) => value - (b[from + i] ?? 0)));
  for (const a of templates)
    for (const b of faces) {
      const rest = Math.sqrt(1 - shared ** 2);
      assert.ok(Math.abs(plain(a, b, 0) * stretch - plain(a, b, 1) / rest) < 1e-9);
    }
});

test('a stretch is never below 1, never without end, and strictest where nothing can be computed', async (t) => {
  const number = fc.oneof(fc.double({ min: -1, max: 1, noNaN: true }), fc.constant(Number.NaN));
  const centre = fc.record({
    mean: fc.array(number, { minLength: 3, maxLength: 3 }).map((values) => Float64Array.from(values)),
    people: fc.oneof(fc.nat(5000), fc.double({ min: 0, max: 50, noNaN: true })),
  });
  await holds(
    t,
    fc.property(centre, centre, (a, b) => {
      for (const shared of [sharedWithin(a), sharedBetween(a, b), leftBehind(a)]) {
        const stretch = stretchOf(shared);
        assert.ok(stretch >= 1 && stretch < 1.5);
      }
      if (a.people > 1 && a.mean.some(Number.isNaN)) assert.equal(sharedWithin(a), 0.55);
    }),
    { short: 200, long: 5_000 },
  );
});

test('a centre of few people is taken to leave something, one of many leaves nothing', () => {
  const [few, many] = [peopleOf(2, 0.57, 0, 8), peopleOf(60, 0.57, 0, 9)].map(centreOf);
  assert.ok(few !== undefined && many !== undefined);
  assert.ok(leftBehind(few) > 0.05 && leftBehind(few) < 0.2, `${leftBehind(few)}`);
  assert.ok(leftBehind(many) < 0.001, `${leftBehind(many)}`);
  assert.equal(leftBehind({ ...few, people: 0 }), 0);
});

test('of a camera that shares a half, what is left of an impostor behind a centre of few is what is said', () => {
  const shared = Math.sqrt(0.5);
  const mean = new Float64Array(SIZE);
  for (const people of [2, 3, 4]) {
    const enrolled = peopleOf(people, shared, 0, 10);
    const offset = centreOf(enrolled).mean.map((value) => (value * people) / (people + 2));
    const behind = (vector: Float64Array): Float64Array => vector.map((value, i) => value - (offset[i] ?? 0));
    const cosines = enrolled.flatMap((template) =>
      peopleOf(200, shared, 0, 11).map((face) => {
        const [t, l] = [behind(template), behind(face)];
        return (
          t.reduce((sum, value, i) => sum + value * (l[i] ?? 0), 0) / (Math.hypot(...t) * Math.hypot(...l))
        );
      }),
    );
    const found = cosines.reduce((sum, value) => sum + value, 0) / cosines.length;
    // The same that many pairs of people would show: their centre as long as one that shares a half.
    mean[0] = Math.sqrt((0.5 * (people - 1) + 1) / people);
    assert.ok(Math.abs(found - leftBehind({ mean, people })) < 0.03, `${found} of ${people}`);
  }
});
