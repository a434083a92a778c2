import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  areEnoughToEvaluate,
  type HeadEvidence,
  verdictOnHead,
} from '../../src/adaptation/adaptation-verdict.js';
import { falseMatchRate } from '../../src/base/units.js';
import type { SidedPhoto } from '../../src/biometrics/statistics/training-sets.js';
import type { HeldOut } from '../../src/biometrics/training-record.js';

const row = (fmr: number, change: Partial<HeldOut> = {}): HeldOut => ({
  fmr,
  counting: 'people',
  people: 40,
  photos: 120,
  matedPairs: 120,
  impostorPairs: 7000,
  tmrBefore: 0.8,
  tmrAfter: 0.9,
  lift: 0.1,
  liftFrom: 0.02,
  liftTo: 0.2,
  ...change,
});
const good: HeadEvidence = {
  people: 40,
  impostorPairs: 7000,
  rows: [row(1e-2), row(1e-3)],
  atGate: { before: 0.9, after: 0.9 },
};

for (const [name, change, needed, verdict, detail] of [
  [
    'a lift that is no chance',
    {},
    1e-6,
    'better',
    /at FMR 1e-3 \(\+10\.00 points, \+2\.00 points to \+20\.00/,
  ],
  ['nothing below the lane’s own rate', {}, 1e-2, 'better', /at FMR 1e-2/],
  ['too few people', { people: 9 }, 1e-6, 'refused', /10 people or more .*, got 9\./],
  ['too few strangers', { impostorPairs: 2999 }, 1e-6, 'refused', /3000 pairs .*, got 2999\./],
  ['nothing that can be seen', { rows: [] }, 1e-6, 'refused', /got none/],
  ['a lane that asks for less than is shown', {}, 0.5, 'refused', /got none/],
  [
    'a lift of less than half a point',
    { rows: [row(1e-2, { lift: 0.004 })] },
    1e-6,
    'refused',
    /\+0\.50 points or more/,
  ],
  ['a lift that may be chance', { rows: [row(1e-2, { liftFrom: -0.001 })] }, 1e-6, 'refused', /no chance/],
  ['a lift that is no number', { rows: [row(1e-2, { lift: Number.NaN })] }, 1e-6, 'refused', /no chance/],
  [
    'pairs of one person that outweigh the people',
    { rows: [row(1e-2, { lift: 0 }), row(1e-2, { counting: 'pairs' })] },
    1e-6,
    'refused',
    /no chance/,
  ],
  [
    'people lost at the gate',
    { atGate: { before: 0.9, after: 0.88 } },
    1e-6,
    'refused',
    /90\.00 % before and 88\.00 %/,
  ],
  [
    'a gate of which nothing is known',
    { atGate: { before: 0.9, after: Number.NaN } },
    1e-6,
    'refused',
    /gate/,
  ],
] as const) {
  test(`${verdict === 'better' ? 'takes' : 'refuses'} ${name}`, () => {
    const told = verdictOnHead({ ...good, ...change }, falseMatchRate(needed));
    assert.equal(told.verdict, verdict);
    assert.match(told.detail, detail);
  });
}

for (const [name, change, atGate, harmless] of [
  ['no gain', { lift: 0 }, good.atGate, true],
  ['a loss', { lift: -0.02 }, good.atGate, false],
  ['a gain, and photographs lost at the gate', {}, { before: 0.9, after: 0.5 }, true],
] as const) {
  test(`calls ${name} ${harmless ? 'harmless' : 'harm'}`, () => {
    const told = verdictOnHead({ ...good, rows: [row(1e-2, change)], atGate }, falseMatchRate(1e-6));
    assert.equal(told.verdict === 'refused' && told.harmless === true, harmless);
  });
}

test('pictures judge when ten people have two of them, and strangers make 3,000 pairs', () => {
  const photos = (people: number, each: number): readonly SidedPhoto[] =>
    Array.from({ length: people * each }, (_, i) => ({
      person: `p${i % people}`,
      embedding: new Float32Array(2),
      side: 'live',
    }));
  assert.deepEqual([photos(40, 2), photos(100, 1), photos(9, 20), photos(10, 2)].map(areEnoughToEvaluate), [
    true,
    false,
    false,
    false,
  ]);
});
