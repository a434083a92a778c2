import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  added,
  effectiveTracks,
  faded,
  HALF_LIFE_DAYS,
  noStatistics,
  withBatch,
  withTrack,
} from '../../src/adaptation/camera-statistics.js';
import { bytesOfStatistics, statisticsFromBytes } from '../../src/adaptation/sqlite-adaptation-rows.js';
import { modelDigest } from '../../src/base/ids.js';

const encoder = modelDigest('a'.repeat(64));
const DIMENSION = 3;
const vector = fc
  .array(fc.float({ min: -4, max: 4, noNaN: true }), { minLength: DIMENSION, maxLength: DIMENSION })
  .map((values) => Float32Array.from(values));
const track = fc.array(vector, { minLength: 1, maxLength: 4 });
const tracks = fc.array(track, { minLength: 1, maxLength: 6 });
const sumsOf = (all: readonly (readonly Float32Array[])[]) =>
  all.reduce((sums, frames) => withTrack(sums, frames), noStatistics(encoder, DIMENSION));
const near = (a: Float64Array, b: Float64Array) =>
  a.every((value, i) => Math.abs(value - (b[i] ?? 0)) < 1e-9);

test('what is written is read again', () => {
  fc.assert(
    fc.property(tracks, (all) => {
      const sums = sumsOf(all);
      const read = statisticsFromBytes(bytesOfStatistics(sums), encoder);
      assert.ok(read !== undefined);
      // One triangle is kept: the other differs in its last bit, because the order of factors does.
      assert.ok(near(read.outer, sums.outer) && near(read.within, sums.within));
      assert.deepEqual({ ...read, outer: 0, within: 0 }, { ...sums, outer: 0, within: 0 });
    }),
  );
});

test('sums take less room than two matrices', () => {
  assert.equal(bytesOfStatistics(noStatistics(encoder, 128)).length, 8 * (6 + 128 + 2 * 8256));
});

const good = bytesOfStatistics(sumsOf([[Float32Array.of(1, 2, 3)]]));
const changed = (at: number, value: number) => {
  const bytes = Uint8Array.from(good);
  new DataView(bytes.buffer).setFloat64(at * 8, value, true);
  return bytes;
};
for (const [name, bytes] of [
  ['nothing', new Uint8Array()],
  ['half a number', good.slice(0, -3)],
  ['one number too few', good.slice(0, -8)],
  ['another version', changed(0, 2)],
  ['another dimension', changed(1, 4)],
  ['a dimension that is none', changed(1, 2.5)],
  ['NaN', changed(7, Number.NaN)],
] as const) {
  test(`makes no sums of ${name}`, () => assert.equal(statisticsFromBytes(bytes, encoder), undefined));
}

test('two gatherings together are one', () => {
  fc.assert(
    fc.property(tracks, tracks, (a, b) => {
      const [both, one] = [added(sumsOf(a), sumsOf(b)), sumsOf([...a, ...b])];
      assert.equal(both.tracks, one.tracks);
      assert.ok(near(both.sum, one.sum) && near(both.outer, one.outer) && near(both.within, one.within));
      assert.ok(Math.abs(effectiveTracks(both) - effectiveTracks(one)) < 1e-9);
    }),
  );
});

test('sums of two encoders are never added', () => {
  assert.throws(
    () => added(sumsOf([]), noStatistics(modelDigest('b'.repeat(64)), DIMENSION)),
    /sums of the encoder/,
  );
});

test('fading changes neither the mean nor for how many equal tracks the sums count', () => {
  fc.assert(
    fc.property(tracks, fc.double({ min: 0.1, max: 1, noNaN: true }), (all, share) => {
      const sums = sumsOf(all);
      const old = faded(sums, share);
      assert.ok(Math.abs(effectiveTracks(old) - effectiveTracks(sums)) < 1e-9);
      assert.ok(Math.abs((old.sum[0] ?? 0) / old.weight - (sums.sum[0] ?? 0) / sums.weight) < 1e-9);
      assert.equal(old.tracks, sums.tracks);
    }),
  );
});

const light = (value: number) => sumsOf(Array.from({ length: 10 }, () => [Float32Array.of(value, 0, 0)]));
const centreOf = ({ sum, weight }: ReturnType<typeof light>) => (sum[0] ?? 0) / weight;

test('after one half-life the old lamp and the new one weigh two to one', () => {
  const before = withBatch(undefined, light(0), '2026-11-01');
  const day = new Date(Date.parse('2026-11-01') + HALF_LIFE_DAYS * 86_400_000).toISOString().slice(0, 10);
  const { statistics, day: kept } = withBatch(before, light(3), day);
  assert.ok(Math.abs(centreOf(statistics) - 2) < 1e-9, `${centreOf(statistics)}`);
  assert.equal(kept, day);
});

for (const [name, day] of [
  ['the same day', '2026-11-01'],
  ['a clock that was set back', '2025-01-01'],
  ['a day that is none', 'yesterday'],
] as const) {
  test(`fades nothing with ${name}`, () => {
    const before = withBatch(undefined, light(0), '2026-11-01');
    const { statistics, day: kept } = withBatch(before, light(3), day);
    assert.equal(centreOf(statistics), 1.5);
    assert.equal(kept, '2026-11-01');
  });
}
