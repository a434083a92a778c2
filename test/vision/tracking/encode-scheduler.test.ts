import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type TrackId, trackId } from '../../../src/base/ids.js';
import { monotonic } from '../../../src/base/units.js';
import {
  type Encodable,
  nothingEncoded,
  shouldEncode,
} from '../../../src/vision/tracking/encode-scheduler.js';
import { holds } from '../../support/properties.js';

const face = (track: string, qualityScore = 0.5, atGate = true): Encodable => ({
  track: trackId(track),
  qualityScore,
  atGate,
});

/** Which tracks are encoded in each frame. */
function chosenIn(
  frames: readonly (readonly [at: number, faces: readonly Encodable[]])[],
): readonly string[] {
  let encoded = nothingEncoded(monotonic(0));
  return frames.map(([at, faces]) => {
    const present = faces.map(({ track }) => track);
    const result = shouldEncode(faces, encoded, monotonic(at), { present });
    encoded = result.encoded;
    return result.chosen.join();
  });
}

test('takes the first three good frames of a track at once, then one in a while', () => {
  const frames = Array.from({ length: 12 }, (_, index) => [index * 33, [face('a')]] as const);
  assert.deepEqual(chosenIn(frames), ['a', 'a', 'a', '', '', '', 'a', '', '', '', 'a', '']);
});

test('takes a clearly better look earlier, but not the next frame', () => {
  const looks = [0.5, 0.5, 0.5, 0.8, 0.8, 0.8].map(
    (qualityScore, index) => [index * 33, [face('a', qualityScore)]] as const,
  );
  assert.deepEqual(chosenIn(looks), ['a', 'a', 'a', '', 'a', '']);
});

test('takes those at the gate first, and of them the best', () => {
  const crowd = [face('far', 0.9, false), face('near', 0.4), face('best', 0.6), face('farther', 0.8, false)];
  assert.deepEqual(chosenIn([[0, crowd]]), ['best,near,far']);
});

test('takes a face whose liveness is judged in this frame, whether or not its interval is over', () => {
  const at = monotonic;
  let encoded = nothingEncoded(at(0));
  const chosen = [0, 33, 66, 100, 133].map((time, index) => {
    const judged = index % 3 === 0 ? trackId('a') : undefined;
    const result = shouldEncode([face('a')], encoded, at(time), { present: [trackId('a')], judged });
    encoded = result.encoded;
    return result.chosen.length;
  });
  assert.deepEqual(chosen, [1, 1, 1, 1, 0]);
});

test('takes nothing of an empty frame', () => assert.deepEqual(chosenIn([[0, []]]), ['']));

test('starts again with a track that was gone', () => {
  const steady = [0, 33, 66].map((at) => [at, [face('a')]] as const);
  assert.deepEqual(chosenIn([...steady, [99, []], [132, [face('a')]]]).at(-1), 'a');
});

test('never runs the encoder more than twenty times in a second, beyond a burst of six, nor for one face twice', async (t) => {
  const faces = fc.uniqueArray(
    fc.record({
      track: fc.constantFrom<TrackId>(...Array.from({ length: 12 }, (_, index) => trackId(`t${index}`))),
      qualityScore: fc.double({ min: 0, max: 1, noNaN: true }),
      atGate: fc.boolean(),
    }),
    { selector: ({ track }) => track },
  );
  await holds(
    t,
    fc.property(fc.array(faces, { maxLength: 90 }), fc.integer({ min: 10, max: 100 }), (frames, interval) => {
      const chosen = chosenIn(frames.map((each, index) => [index * interval, each])).map((ids) =>
        ids === '' ? [] : ids.split(','),
      );
      const runs = chosen.reduce((sum, ids) => sum + ids.length, 0);
      const once = chosen.every((ids) => new Set(ids).size === ids.length && ids.length <= 3);
      return once && runs <= 6 + (frames.length * interval * 20) / 1000;
    }),
    { short: 100, long: 20_000 },
  );
});
