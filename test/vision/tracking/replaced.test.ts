import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trackId } from '../../../src/base/ids.js';
import { monotonic } from '../../../src/base/units.js';
import { endReplaced, replacedAfter } from '../../../src/vision/tracking/replaced.js';
import { countTracks } from '../../../src/vision/tracking/track.js';
import { updateTracks } from '../../../src/vision/tracking/tracker.js';
import { faceAt } from './people.js';

const newId = countTracks('t');
const rules = { minScore: 0.6, newId };
const two = [faceAt(100, 100), faceAt(400, 100)];
const first = updateTracks([], two, monotonic(0), rules);
const following = updateTracks(first.tracks, [...two, faceAt(250, 300)], monotonic(33), rules);

test('ends the track of a face that became another one, and leaves the others alone', () => {
  const after = endReplaced(following, new Set([trackId('t-0')]), monotonic(33), newId);
  assert.deepEqual(
    after.following.faces.map(({ track }) => track),
    ['t-3', 't-1', 't-2'],
  );
  assert.deepEqual(after.following.ended, ['t-0']);
  assert.deepEqual(
    after.following.tracks.map(({ id, detections: sightings }) => [id, sightings]),
    [
      ['t-3', 1],
      ['t-1', 2],
      ['t-2', 1],
    ],
  );
  assert.equal(after.idOf(trackId('t-0')), 't-3');
});

test('keeps a track that began with the face that took the place of another', () => {
  const after = endReplaced(following, new Set([trackId('t-2')]), monotonic(33), newId);
  assert.deepEqual([after.following.ended, after.idOf(trackId('t-2'))], [[], 't-2']);
});

test('remembers for a second and a half who took the place of another', () => {
  const then = replacedAfter(new Map(), [trackId('a')], monotonic(1000));
  assert.deepEqual([...replacedAfter(then, [trackId('b')], monotonic(2499)).keys()], ['a', 'b']);
  assert.deepEqual([...replacedAfter(then, [], monotonic(2500)).keys()], []);
});

test('who took the place of another goes on waiting under another track, as long as since then', () => {
  const then = replacedAfter(new Map(), [trackId('a')], monotonic(1000));
  const continues = new Map([
    [trackId('b'), [trackId('a')]],
    [trackId('d'), [trackId('c')]],
  ]);
  const later = replacedAfter(then, [], monotonic(1400), continues);
  assert.deepEqual(
    [...later],
    [
      ['a', 1000],
      ['b', 1000],
    ],
  );
  assert.deepEqual([...replacedAfter(later, [], monotonic(2500)).keys()], []);
});
