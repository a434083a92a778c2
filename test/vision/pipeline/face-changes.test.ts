import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type TrackId, trackId } from '../../../src/base/ids.js';
import { monotonic } from '../../../src/base/units.js';
import { modelCard } from '../../../src/biometrics/model-card.js';
import {
  detectFaceChanges,
  type LastSeenFaces,
  lastSeenAfter,
} from '../../../src/vision/pipeline/face-changes.js';
import type { Models } from '../../../src/vision/pipeline/load-models.js';
import { faceAt } from '../tracking/people.js';
import { card, fakeModels } from './fake-models.js';

const track = trackId('t-0');
/** Impostors are 10 apart or more; the encoder gives the first byte of a chip. */
const calibration = {
  source: 'test',
  people: 1000,
  impostorPairs: 1e6,
  matedPairs: 1,
  rows: [
    { distance: 0, fmr: 1e-5 },
    { distance: 10, fmr: 1e-3 },
    { distance: 11, fmr: 1 },
  ],
};
const pack = (hasTable = true): Models & { readonly encoded: readonly number[] } => ({
  ...fakeModels(),
  ...(hasTable && { card: modelCard.parse({ ...card, calibration }) }),
});

/** @param look four cells: how the face looks. @param vector what the encoder makes of it. */
const seenFace = (look: readonly number[], vector: number, id: TrackId = track, x = 100) => ({
  track: id,
  box: faceAt(x, 100).box,
  appearance: Float32Array.from(look),
  chip: Uint8Array.of(vector, ...Array(11).fill(0)),
  atGate: true,
});
const AT = monotonic(1000);
const ONE = [10, 200, 30, 90];
const OTHER = [200, 10, 90, 30];
/** A hand before it, say: the encoder still knows it. */
const following = (sightings: number) => ({
  tracks: [
    {
      id: track,
      face: faceAt(100, 100),
      seenAt: AT,
      detections: sightings,
      replaces: false,
      lost: false,
      velocity: { x: 0, y: 0 },
    },
  ],
  faces: [],
  ended: [],
});
const frameOf = (sightings: number) => ({ chosen: [], following: following(sightings), at: AT });
const lastSeen = (
  look: readonly number[],
  vector: number,
  encoded = false,
  id: TrackId = track,
): LastSeenFaces =>
  lastSeenAfter(new Map(), new Set(), {
    faces: [seenFace(look, vector, id)],
    vectors: encoded ? new Map([[id, Float32Array.of(vector, 1)]]) : new Map(),
    at: monotonic(AT - 33),
  });

for (const [name, look, vector, chosen, before, replaced, runs] of [
  ['keeps a face that looks as before, and encodes nothing for it', ONE, 5, [], lastSeen(ONE, 5), [], [0]],
  [
    'keeps one that looks otherwise and is still the same to the encoder',
    OTHER,
    6,
    [],
    lastSeen(ONE, 5),
    [],
    [2, 0],
  ],
  [
    'ends one that looks otherwise and is another to the encoder',
    OTHER,
    90,
    [],
    lastSeen(ONE, 5),
    [track],
    [2, 0],
  ],
  [
    'takes the vector of the frame before where there is one',
    OTHER,
    90,
    [],
    lastSeen(ONE, 5, true),
    [track],
    [1, 0],
  ],
  [
    'ends one that looks alike where two looks in a row are of different people',
    ONE,
    90,
    [track],
    lastSeen(ONE, 5, true),
    [track],
    [1],
  ],
  ['keeps one whose looks agree', ONE, 6, [track], lastSeen(ONE, 5, true), [], [1]],
] as const)
  test(name, async () => {
    const models = pack();
    const { replaced: found } = await detectFaceChanges(
      { faces: [seenFace(look, vector)], chosen, following: following(4), at: AT },
      before,
      models,
    );
    assert.deepEqual([...found], replaced);
    assert.deepEqual(
      models.encoded.filter((count) => count > 0),
      runs.filter((count) => count > 0),
    );
  });

test('goes by looks alone where no table says what a distance means', async () => {
  const looked = async (look: readonly number[]) =>
    (await detectFaceChanges({ ...frameOf(4), faces: [seenFace(look, 90)] }, lastSeen(ONE, 5), pack(false)))
      .replaced.size;
  assert.deepEqual([await looked(ONE), await looked(OTHER)], [0, 1]);
});

test('compares a new face with the one that was lost in its place, not with one that was lost elsewhere', async () => {
  const gone = trackId('gone');
  const at = async (x: number) =>
    (
      await detectFaceChanges(
        { ...frameOf(1), faces: [seenFace(OTHER, 90, track, x)] },
        lastSeen(ONE, 5, false, gone),
        pack(),
      )
    ).replaced.size;
  assert.deepEqual([await at(130), await at(300)], [1, 0]);
});

test('ends one that has come before a face that is lost there, and compares the lost one once', async () => {
  const lost = trackId('lost');
  const before = new Map([...lastSeen(OTHER, 90), ...lastSeen(ONE, 5, false, lost)]);
  const models = pack();
  const looked = async (sight: LastSeenFaces, x = 100) =>
    detectFaceChanges({ ...frameOf(4), faces: [seenFace(OTHER, 90, track, x)] }, sight, models);
  const { replaced, settled } = await looked(before);
  assert.deepEqual([[...replaced], settled.has(lost)], [[track], true]);
  const after = lastSeenAfter(before, settled, {
    faces: [seenFace(OTHER, 90, trackId('t-1'))],
    vectors: new Map(),
    at: AT,
  });
  assert.deepEqual([...after.keys()], ['t-1']);
  assert.equal((await looked(before, 160)).replaced.size, 0);
});

test('compares a new face with every one that was lost in its place, and says which of them it shows again', async () => {
  const [picture, living] = [trackId('picture'), trackId('living')];
  const looked = (before: LastSeenFaces) =>
    detectFaceChanges({ ...frameOf(1), faces: [seenFace(OTHER, 90, track, 130)] }, before, pack());
  const alone = await looked(lastSeen(OTHER, 90, false, picture));
  assert.deepEqual([[...alone.continues], [...alone.replaced]], [[[track, [picture]]], []]);
  // The newer one is the picture itself: it does not vouch for the place.
  const both = new Map([
    ...lastSeen(ONE, 5, false, living),
    ...lastSeenAfter(new Map(), new Set(), {
      faces: [seenFace(OTHER, 90, picture)],
      vectors: new Map(),
      at: monotonic(AT - 20),
    }),
  ]);
  const { replaced, settled } = await looked(both);
  assert.deepEqual([[...replaced], settled.has(picture), settled.has(living)], [[track], true, true]);
});
