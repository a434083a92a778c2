import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trackId } from '../../../src/base/ids.js';
import { millis, monotonic } from '../../../src/base/units.js';
import {
  attackRates,
  liveRates,
  type Presentation,
  watchPresentations,
  worstOf,
} from '../../../src/lab/evaluate/pad-rates.js';

const live: Presentation = { verdict: 'live', decidedAfter: 200, scores: [0.9, 0.9, 0.1] };
const attack: Presentation = { verdict: 'attack', decidedAfter: 900, scores: [0, 0.01, 0.3, 0] };
const undecided: Presentation = { verdict: 'undecided', scores: [0.15] };

test('counts a living face that is undecided as turned away', () => {
  const { tracks, frames, undecided: open } = liveRates([live, live, attack, undecided]);
  assert.deepEqual([tracks.errors, tracks.of, open], [2, 4, 1]);
  assert.deepEqual([frames.errors, frames.of], [6, 11]);
});

test('counts an attack that is undecided as turned away', () => {
  const { tracks, frames } = attackRates([live, attack, undecided]);
  assert.deepEqual([tracks.errors, tracks.of], [1, 3]);
  assert.deepEqual([frames.errors, frames.of], [3, 8]);
});

test('tells how many were decided soon, and how long the slowest took', () => {
  const { soon, slowest } = liveRates([live, attack, undecided]);
  assert.deepEqual([soon, slowest], [1, 900]);
  assert.equal(liveRates([undecided]).slowest, undefined);
});

test('lets the worst species speak, and of equals the one of which least is known', () => {
  const species = [
    { species: 'print', rates: attackRates([attack, attack, attack]) },
    { species: 'mask', rates: attackRates([attack]) },
    { species: 'replay', rates: attackRates([attack, attack]) },
  ];
  assert.equal(worstOf(species)?.species, 'mask');
  const bad = { species: 'film', rates: attackRates([attack, live]) };
  assert.equal(worstOf([...species, bad])?.species, 'film');
  assert.equal(worstOf([]), undefined);
});

/** What a watch makes of scores ten times a second. */
function watched(tracks: Readonly<Record<string, readonly (number | undefined)[]>>, visit?: number) {
  const watch = watchPresentations(visit === undefined ? undefined : millis(visit));
  for (const [track, scores] of Object.entries(tracks))
    scores.forEach((liveness, n) => {
      watch.see({ track: trackId(track), liveness }, monotonic(n * 100));
    });
  return watch;
}

test('keeps the first verdict on each track', () => {
  const { judged } = watched({ a: [1, 1, 1, ...Array(9).fill(0)], b: [0, 0, 0, 0, 1, 1, 1] });
  assert.deepEqual(
    judged.map(({ verdict, decidedAfter }) => [verdict, decidedAfter]),
    [
      ['live', 200],
      ['attack', 300],
    ],
  );
});

test('counts apart the tracks of which nothing could be judged', () => {
  const watch = watched({ a: [undefined, undefined], b: [undefined, 0.5] });
  assert.deepEqual([watch.judged.length, watch.notJudged], [1, 1]);
});

test('takes a long track for several visits where that is asked for', () => {
  const { judged } = watched({ a: Array(25).fill(1) }, 1000);
  assert.deepEqual(
    judged.map(({ scores, verdict }) => [scores.length, verdict]),
    [
      [10, 'live'],
      [10, 'live'],
      [5, 'live'],
    ],
  );
});
