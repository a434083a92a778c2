import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  effectiveTracks,
  noStatistics,
  weightOfPassage,
  withTrack,
} from '../../src/adaptation/camera-statistics.js';
import { adaptFrom } from '../../src/adaptation/train-adaptation.js';
import { TwinstileError } from '../../src/base/errors.js';
import { modelDigest } from '../../src/base/ids.js';
import { normal, randomFrom } from '../../src/base/random.js';
import { euclidean } from '../../src/biometrics/distance.js';
import { applyHead } from '../../src/biometrics/head/apply-head.js';
import { headFromText, headToText } from '../../src/biometrics/head/head-file.js';
import { times } from '../../src/biometrics/head/matrix.js';
import { shrunkWhitening } from '../../src/biometrics/statistics/covariance.js';
import { pairScores } from '../../src/biometrics/statistics/pair-scores.js';
import { rateAt } from '../../src/biometrics/statistics/sweep.js';

const encoder = modelDigest('a'.repeat(64));
const of = (...values: number[]) => Float32Array.from(values);
const empty = noStatistics(encoder, 2);
/** Tracks of two frames each, at these places. */
const tracks = (places: readonly (readonly [number, number])[]) =>
  places.reduce((sums, [x, y]) => withTrack(sums, [of(x, y - 1), of(x, y + 1)]), empty);
const square = tracks([
  [0, 0],
  [4, 0],
  [0, 2],
  [4, 2],
  [2, 1],
]);

test('keeps sums only: nothing grows with the number of tracks', () => {
  const many = Array.from({ length: 50 }).reduce<typeof empty>((sums) => withTrack(sums, [of(1, 2)]), empty);
  assert.equal(JSON.stringify(Object.keys(many)), JSON.stringify(Object.keys(empty)));
  assert.equal(many.sum.length, 2);
  assert.equal(many.outer.length, 4);
});

test('a track of a hundred frames weighs as much as a track of one', () => {
  const long = withTrack(
    empty,
    Array.from({ length: 100 }, () => of(1, 0)),
  );
  const both = withTrack(long, [of(0, 1)]);
  assert.ok(Math.abs((both.sum[0] ?? 0) - 1) < 1e-9 && both.sum[1] === 1);
});

test('one who passes a hundred times counts for about five', () => {
  let sums = withTrack(empty, [of(0, 0)]);
  for (let n = 1; n <= 100; n += 1) sums = withTrack(sums, [of(1, 0)], weightOfPassage(n));
  assert.ok((sums.sum[0] ?? 0) > 5 && (sums.sum[0] ?? 0) < 5.3);
  assert.ok(effectiveTracks(sums) < 20);
});

for (const [name, frames, weight] of [
  ['another length', [of(1, 2, 3)], 1],
  ['NaN', [of(1, Number.NaN)], 1],
  ['no frame', [], 1],
  ['no weight', [of(1, 2)], 0],
  ['a weight that is none', [of(1, 2)], Number.NaN],
] as const) {
  test(`takes nothing from a track with ${name}`, () => {
    assert.deepEqual(withTrack(empty, frames, weight), empty);
  });
}

test('takes the centre of the camera away', () => {
  const head = adaptFrom(square, 1, 'euclidean', 'mean');
  assert.deepEqual(head.live.centre, of(2, 1));
  assert.deepEqual(applyHead(head, 'live', of(2, 9)), of(0, 1));
});

test('shrunk wholly, whitening is centring', () => {
  const centred = adaptFrom(square, 1, 'euclidean', 'mean');
  const whitened = adaptFrom(square, 1, 'euclidean', 'whitening');
  const [a, b] = [of(3, 7), of(-1, 2)];
  const between = (head: typeof centred) => euclidean(applyHead(head, 'live', a), applyHead(head, 'live', b));
  assert.ok(Math.abs(between(centred) - between(whitened)) < 1e-6);
});

test('whitening turns down the direction in which the site differs most', () => {
  const { linear } = adaptFrom(square, 0.01, 'euclidean', 'whitening').live;
  assert.ok(linear !== undefined);
  assert.ok((linear.data[0] ?? 0) < 0.7 * (linear.data[3] ?? 0), `${linear.data}`);
});

test('steadiness turns down the direction in which a face differs from itself', () => {
  const { linear } = adaptFrom(square, 0.1, 'euclidean', 'wccn').live;
  assert.ok(linear !== undefined);
  assert.ok((linear.data[3] ?? 0) < 0.5 * (linear.data[0] ?? 0), `${linear.data}`);
});

test('cosine encoders are centred on the sphere', () => {
  assert.equal(adaptFrom(square, 1, 'cosine', 'mean').live.unitInput, true);
});

test('gives a head like any other: it can be written, read, and is made for its encoder', () => {
  const head = adaptFrom(square, 0.5, 'euclidean');
  assert.deepEqual(headFromText(headToText(head), encoder), head);
});

test('finds faces again that a camera has covered with its own light', () => {
  const random = randomFrom(1);
  const dimension = 8;
  const photos = Array.from({ length: 60 }, (_, person) => {
    const face = Float32Array.from({ length: dimension }, () => normal(random));
    return Array.from({ length: 3 }, () => ({
      person: `p${person}`,
      // The first two directions are the light: strong, and nobody's own.
      vector: face.map((value, i) => (i < 2 ? 5 + 3 * normal(random) : value + 0.25 * normal(random))),
    }));
  }).flat();
  const sums = Array.from({ length: 30 }, (_, person) => photos.filter((one) => one.person === `p${person}`))
    .map((track) => track.map(({ vector }) => vector))
    .reduce((all, frames) => withTrack(all, frames), noStatistics(encoder, dimension));
  const others = photos.filter(({ person }) => Number(person.slice(1)) >= 30);
  const tmr = (head: ReturnType<typeof adaptFrom> | undefined) => {
    const seen = others.map(({ person, vector }) => ({
      person,
      vector: head === undefined ? vector : applyHead(head, 'live', vector),
    }));
    return rateAt(pairScores(seen, undefined, euclidean, { share: 0.2 }), 0.01, 'pairs')?.tmr ?? Number.NaN;
  };
  const raw = tmr(undefined);
  const steady = tmr(adaptFrom(sums, 0.1, 'euclidean', 'wccn'));
  assert.ok(raw < 0.4 && steady > 0.6, `${raw} -> ${steady}`);
});

for (const [name, make] of [
  ['no passages', () => adaptFrom(empty, 0.5, 'euclidean')],
  [
    'one person only',
    () =>
      adaptFrom(
        Array.from({ length: 9 }).reduce<typeof empty>(
          (sums, _, n) => withTrack(sums, [of(1, 2)], weightOfPassage(n + 1) ** 4),
          empty,
        ),
        0.5,
        'euclidean',
      ),
  ],
  [
    'faces that are all one',
    () =>
      adaptFrom(
        Array.from({ length: 9 }).reduce<typeof empty>((sums) => withTrack(sums, [of(0, 0)]), empty),
        0.5,
        'euclidean',
      ),
  ],
  [
    'single frames only for steadiness',
    () =>
      adaptFrom(
        Array.from({ length: 9 }).reduce<typeof empty>((sums, _, n) => withTrack(sums, [of(n, 2)]), empty),
        0.5,
        'euclidean',
        'wccn',
      ),
  ],
  ['a shrinkage of nothing', () => adaptFrom(square, 0, 'euclidean')],
  ['a shrinkage above one', () => adaptFrom(square, 1.1, 'euclidean')],
] as const) {
  test(`refuses ${name}`, () => {
    assert.throws(make, (error) => error instanceof TwinstileError && error.code === 'bad-arguments');
  });
}

test('after whitening a covariance is round', () => {
  const covariance = Float64Array.of(4, 1, 1, 2);
  const map = shrunkWhitening(covariance, 2, 1e-9);
  // L C L' = level x 1, by its columns.
  const columns = [0, 1].map((i) => times(map, covariance.slice(i * 2, i * 2 + 2)));
  const product = columns.map((column) => column);
  const entry = (row: number, column: number) =>
    (map.data[column * 2] ?? 0) * (product[0]?.[row] ?? 0) +
    (map.data[column * 2 + 1] ?? 0) * (product[1]?.[row] ?? 0);
  assert.ok(Math.abs(entry(0, 0) - 3) < 1e-5 && Math.abs(entry(1, 1) - 3) < 1e-5);
  assert.ok(Math.abs(entry(0, 1)) < 1e-5);
});
