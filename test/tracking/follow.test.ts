import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { monotonic } from '../../src/base/units.js';
import type { Face } from '../../src/detection/face.js';
import { overlap } from '../../src/frame/geometry.js';
import { follow, LONGEST_MISS } from '../../src/tracking/follow.js';
import type { Track } from '../../src/tracking/track.js';
import { countTracks } from '../../src/tracking/track-ids.js';
import { faceAt } from './people.js';

type Frame = readonly [at: number, faces: readonly Face[]];

/** The ids of each frame's faces, in the order in which they were given; '-' for a face without a track. */
function idsOf(frames: readonly Frame[]): readonly (readonly string[])[] {
  const rules = { minScore: 0.6, newId: countTracks('t') };
  let tracks: readonly Track[] = [];
  return frames.map(([at, faces]) => {
    const following = follow(tracks, faces, monotonic(at), rules);
    tracks = following.tracks;
    return faces.map((face) => following.faces.find((one) => one.face === face)?.track ?? '-');
  });
}

const lastIds = (frames: readonly Frame[]) => idsOf(frames).at(-1);

/** Somebody who stands still, long enough to be established. */
const standing: readonly Frame[] = [0, 33, 66].map((at) => [at, [faceAt(100, 100)]]);

for (const [name, frames, ids] of [
  ['somebody who stands', [[99, [faceAt(101, 100)]]], ['t-0']],
  ['somebody who begins to walk', [[99, [faceAt(110, 102, 62)]]], ['t-0']],
  ['somebody missed for the longest time', [[66 + LONGEST_MISS, [faceAt(101, 100)]]], ['t-0']],
  ['a face the detector is less sure of', [[99, [faceAt(101, 100, 60, 0.45)]]], ['t-0']],
  ['two looks of the same moment', [[66, [faceAt(101, 100)]]], ['t-0']],
] as const)
  test(`keeps the track of ${name}`, () => assert.deepEqual(lastIds([...standing, ...frames]), ids));

for (const [name, frames, ids] of [
  ['after a miss that was too long', [[67 + LONGEST_MISS, [faceAt(100, 100)]]], ['t-1']],
  ['for a face that jumped in place', [[99, [faceAt(145, 100)]]], ['t-1']],
  ['for a face that jumped in size', [[99, [faceAt(100, 100, 95)]]], ['t-1']],
  ['for a face that shrank at once', [[99, [faceAt(100, 100, 38)]]], ['t-1']],
  ['when time was set back', [[10, [faceAt(100, 100)]]], ['t-1']],
  ['for a second person', [[99, [faceAt(100, 100), faceAt(300, 100)]]], ['t-0', 't-1']],
] as const)
  test(`begins a track ${name}`, () => assert.deepEqual(lastIds([...standing, ...frames]), ids));

test('does not begin a track with a face that is not sure', () => {
  assert.deepEqual(idsOf([[0, [faceAt(100, 100, 60, 0.59)]]]), [['-']]);
});

test('says which tracks ended, once', () => {
  const rules = { minScore: 0.6, newId: countTracks('t') };
  let tracks: readonly Track[] = [];
  const ended: string[][] = [];
  for (const [at, faces] of [...standing, [300, []], [466, []], [467, []], [500, []]] as Frame[]) {
    const following = follow(tracks, faces, monotonic(at), rules);
    tracks = following.tracks;
    ended.push([...following.ended]);
  }
  assert.deepEqual(ended, [[], [], [], [], [], ['t-0'], []]);
});

test('ends the track of somebody who was replaced, so that he does not return to it', () => {
  const replaced: Frame = [99, [faceAt(145, 100)]];
  assert.deepEqual(
    idsOf([...standing, replaced, [132, [faceAt(100, 100)]]])
      .flat()
      .slice(-2),
    ['t-1', 't-2'],
  );
});

test('forgets at once what was seen only once', () => {
  const rules = { minScore: 0.6, newId: countTracks('t') };
  const first = follow([], [faceAt(100, 100)], monotonic(0), rules);
  assert.deepEqual(follow(first.tracks, [], monotonic(33), rules).ended, ['t-0']);
});

test('ends both tracks where one face could be either of two people', () => {
  // Two heads close together, and one face between them.
  const pair = (at: number): Frame => [at, [faceAt(100, 100), faceAt(122, 100)]];
  const between: Frame = [132, [faceAt(111, 100)]];
  assert.deepEqual(lastIds([pair(0), pair(33), pair(66), pair(99), between]), ['t-2']);
});

test('keeps two people apart who pass each other in view', () => {
  const frames = Array.from({ length: 30 }, (_, index): Frame => {
    const away = index * 12;
    return [index * 33, [faceAt(100 + away, 100, 60), faceAt(460 - away, 190, 60)]];
  });
  assert.deepEqual(new Set(idsOf(frames).map((ids) => ids.join())), new Set(['t-0,t-1']));
});

/** Somebody who walks straight on: place in pixels, speed in face widths a second. */
const walker = fc.record({
  x: fc.double({ min: 0, max: 640, noNaN: true }),
  y: fc.double({ min: 100, max: 300, noNaN: true }),
  right: fc.double({ min: -3, max: 3, noNaN: true }),
  down: fc.double({ min: -1, max: 1, noNaN: true }),
});

test('never lets a track go over from one person to another, whoever hides whom', () => {
  fc.assert(
    fc.property(
      fc.array(walker, { minLength: 2, maxLength: 5 }),
      fc.integer({ min: 30, max: 50 }),
      fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 40, maxLength: 40 }),
      (walkers, interval, missed) => {
        const rules = { minScore: 0.6, newId: countTracks('t') };
        const personOf = new Map<string, number>();
        let tracks: readonly Track[] = [];
        for (let frame = 0; frame < 40; frame += 1) {
          const seconds = (frame * interval) / 1000;
          // Nearer faces hide those behind; a detector misses somebody now and then.
          const people = walkers.map(({ x, y, right, down }, person) => {
            // One behind the other: where two heads meet in the picture, one is nearer.
            const side = 40 * 1.3 ** person;
            return { ...faceAt(x + right * side * seconds, y + down * side * seconds, side), person };
          });
          const hidden = (one: Face) =>
            people.some(({ box }) => box.width > one.box.width && overlap(box, one.box) > 0.3);
          const seen = people.filter((one) => !hidden(one) && one.person !== missed[frame]);
          const following = follow(tracks, seen, monotonic(frame * interval), rules);
          tracks = following.tracks;
          for (const { face, track } of following.faces) {
            const { person } = face as (typeof people)[number];
            const before = personOf.get(track) ?? person;
            if (before !== person) return false;
            personOf.set(track, person);
          }
        }
        return true;
      },
    ),
    { numRuns: 200, interruptAfterTimeLimit: 20_000 },
  );
});
