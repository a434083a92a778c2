import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trackId } from '../../../src/base/ids.js';
import { comparisonOf } from '../../../src/biometrics/head/comparison.js';
import { evaluateClips, type WatchedClip } from '../../../src/lab/evaluate/measure-clips.js';
import { clipTracks } from '../../../src/service/setup/clip-tracks.js';
import { cardOf } from '../../biometrics/head/card-sample.js';
import { face, frameOf } from '../../lane/lane-world.js';

const at = (track: string, more: Parameters<typeof face>[1] = {}) =>
  face('ada', { track: trackId(track), ...more });

test('counts looks, and says why the others gave nothing', () => {
  const clip = clipTracks();
  clip.see(frameOf(1, 0, [at('1')]));
  clip.see(frameOf(2, 0, [at('1', { problems: ['blurred'] })]));
  const { embedding: _, ...bare } = at('1');
  clip.see(frameOf(3, 0, [bare]));
  clip.see(frameOf(4, 0, []));
  const { frames, framesAtGate, looks, reasons } = clip.result;
  assert.deepEqual([frames, framesAtGate, looks], [4, 3, 1]);
  assert.deepEqual(reasons, { blurred: 1, 'not-encoded': 1 });
});

test('leaves out whoever was in the picture beside the person, and keeps who came back under another track', () => {
  const clip = clipTracks();
  for (let n = 0; n < 5; n += 1) clip.see(frameOf(n, 0, [at('person')]));
  clip.see(frameOf(5, 0, [at('person'), at('other')]));
  clip.see(frameOf(6, 0, [at('other')]));
  clip.see(frameOf(7, 0, [at('again')]));
  assert.deepEqual(
    clip.result.tracks.map((track) => track.length),
    [5, 1],
  );
});

const clip = (file: string, person: string, place: number, looks = 4): WatchedClip => ({
  file,
  person,
  frames: 10,
  framesAtGate: 8,
  looks,
  reasons: {},
  tracks: looks === 0 ? [] : [Array.from({ length: looks }, (_, i) => Float32Array.of(place + i / 100, 0))],
});

test('compares different clips only, by frame and by track', () => {
  const clips = [clip('1', 'A', 0), clip('2', 'A', 0.5), clip('3', 'B', 5), clip('4', 'B', 5.5)];
  const { byFrame, byTrack, people } = evaluateClips(clips, 'test', comparisonOf(cardOf(2)), {
    perTrack: 50,
  });
  assert.equal(people, 2);
  assert.deepEqual([byFrame.matedPairs, byFrame.impostorPairs], [2 * 16, 4 * 16]);
  assert.deepEqual([byTrack.matedPairs, byTrack.impostorPairs], [2, 4]);
  assert.deepEqual(byFrame.nearest, { right: 16, of: 16 });
});

test('takes no more than so many looks of a track, and names clips that gave none', () => {
  const clips = [clip('1', 'A', 0, 100), clip('2', 'B', 5, 3), clip('3', 'A', 0, 0)];
  const { byFrame, withoutLook } = evaluateClips(clips, 'test', comparisonOf(cardOf(2)), { perTrack: 7 });
  assert.equal(byFrame.probes, 7 + 3);
  assert.deepEqual(byFrame.nearest, { right: 0, of: 0 });
  assert.deepEqual(withoutLook, ['3']);
});
