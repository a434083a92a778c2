import assert from 'node:assert/strict';
import { test } from 'node:test';
import { badgeId, personId, trackId } from '../../../src/base/ids.js';
import { wallTime } from '../../../src/base/units.js';
import { decideOnRecording, lightOf, looksOf } from '../../../src/lab/replay/recorded-clip.js';
import { badgeRules, face, frameOf, galleryOf, rules } from '../../lane/lane-world.js';

const NOW = wallTime(0);
const recordingOf = (who: 'ada' | 'eve') =>
  Array.from({ length: 60 }, (_, n) => frameOf(n, 50 * n, n < 5 ? [] : [face(who)]));

test('decides on a recording as the lane does, as often as asked', async () => {
  const gallery = await galleryOf();
  const dependencies = { gallery: () => gallery, rules };
  for (let time = 0; time < 2; time += 1) {
    const [ada] = await decideOnRecording(recordingOf('ada'), dependencies, NOW);
    assert.deepEqual([ada?.verdict, ada?.person], ['granted', 'ada']);
    const [eve] = await decideOnRecording(recordingOf('eve'), dependencies, NOW);
    assert.deepEqual([eve?.verdict, eve?.reason], ['refused', 'unknown']);
  }
});

test('presents a badge once somebody is at the gate', async () => {
  const gallery = await galleryOf();
  const badge = { badge: badgeId('1'), read: 'r', person: personId('ada') };
  const dependencies = { gallery: () => gallery, rules: badgeRules };
  const own = await decideOnRecording(recordingOf('ada'), dependencies, NOW, badge);
  assert.deepEqual(
    own.map(({ verdict, mode }) => [verdict, mode]),
    [['granted', 'verification']],
  );
  const stolen = await decideOnRecording(recordingOf('eve'), dependencies, NOW, badge);
  assert.ok(stolen.length > 0 && stolen.every(({ verdict }) => verdict === 'refused'));
  assert.deepEqual(await decideOnRecording([], dependencies, NOW, badge), []);
});

test('takes templates of the face that was encoded most often, spread over the clip', () => {
  const looks = Array.from({ length: 10 }, (_, n) =>
    frameOf(n, 0, [face('ada', { embedding: Float32Array.of(n) })]),
  );
  const passing = frameOf(10, 0, [face('bob', { track: trackId('other'), embedding: Float32Array.of(99) })]);
  assert.deepEqual(
    looksOf([...looks, passing], 5).map(([first]) => first),
    [1, 3, 5, 7, 9],
  );
  assert.deepEqual(looksOf([frameOf(0, 0, [])], 5), []);
});

test('tells the light that most frames show', () => {
  const infrared = frameOf(0, 0, [], { light: 'infrared' });
  assert.equal(lightOf([infrared, infrared, frameOf(1, 0, [])]), 'infrared');
  assert.equal(lightOf([infrared, frameOf(1, 0, [])]), 'color');
  assert.equal(lightOf([]), 'color');
});
