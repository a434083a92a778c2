import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonOf, padText } from '../../../src/cli/measure/evaluate-pad-verb.js';
import { attackRates, liveRates, type Presentation } from '../../../src/lab/evaluate/pad-rates.js';

const recording = (judged: readonly Presentation[]) => [{ clip: 'clip.mp4', judged, notJudged: 1 }];
const alive: Presentation[] = [{ verdict: 'live', decidedAfter: 200, scores: [0.9, 0.8] }];
const picture: Presentation[] = [{ verdict: 'undecided', scores: [0] }];
const result = {
  pack: 'mobile',
  live: { recordings: recording(alive), rates: liveRates(alive) },
  attacks: [
    { species: 'print', recordings: recording(picture), rates: attackRates(picture) },
    { species: 'replay', recordings: recording(alive), rates: attackRates(alive) },
  ],
};

test('gives each rate with its counts and interval, and names the worst species', () => {
  const text = padText(result);
  assert.match(text, /BPCER by track {2}0\.0 % \(0 of 1; 0\.0 % to 97\.5 %\)/);
  assert.match(text, /APCER replay by track {2}100\.0 % \(1 of 1; 2\.5 % to 100\.0 %\)/);
  assert.match(text, /APCER print by track .* 1 undecided, 1 not judged, in 1 recordings/);
  assert.match(text, /worst species \(replay\): 100\.0 %/);
});

test('says so where nothing was judged', () => {
  const none = { recordings: [], rates: attackRates([]) };
  assert.match(padText({ pack: 'mobile', attacks: [{ species: 'mask', ...none }] }), /nothing was judged/);
});

test('gives the same as JSON, track by track', () => {
  const json = jsonOf(result);
  assert.deepEqual(json.apcer_worst, {
    species: 'replay',
    errors: 1,
    of: 1,
    rate: 1,
    interval: json.apcer_worst?.interval,
  });
  assert.deepEqual(json.apcer.print?.recordings[0]?.tracks, [
    { verdict: 'undecided', decided_after_ms: null, frames: 1, mean_score: 0 },
  ]);
  assert.equal(json.bpcer?.decided_within_700_ms, 1);
  assert.equal(jsonOf({ pack: 'mobile', attacks: [] }).bpcer, null);
});
