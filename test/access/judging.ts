/** Sightings and rules for tests of decisions: what is not said is good. */

import type { Observation, Verdict } from '../../src/access/observation.js';
import type { Claim } from '../../src/access/verify.js';
import { badgeId, personId } from '../../src/base/ids.js';
import { falseMatchRate, frameSeq, millis, monotonic } from '../../src/base/units.js';

export const now = monotonic(10_000);

export const rules = {
  maxFmr: falseMatchRate(1e-5),
  minMarginRatio: 10,
  framesNeeded: 3,
  window: millis(2000),
  maxFrameAge: millis(300),
  badgeValid: millis(10_000),
};

interface Saw {
  readonly fmr?: number;
  readonly runnerUp?: number;
  readonly claimed?: number;
  readonly ago?: number;
}

/** @param frame number of the frame; frame 10 was taken now, each one before it 100 ms earlier. */
export function saw(person: string, frame: number, how: Saw = {}): Observation {
  const { fmr = 1e-6, runnerUp = 0.1, claimed, ago = (10 - frame) * 100 } = how;
  return {
    frame: frameSeq(frame),
    at: monotonic(now - ago),
    match: { person: personId(person), fmr: falseMatchRate(fmr), runnerUpFmr: falseMatchRate(runnerUp) },
    claimedFmr: claimed === undefined ? undefined : falseMatchRate(claimed),
  };
}

export const claimOf = (person: string, ago = 1000): Claim => ({
  badge: badgeId('b-1'),
  read: 'r-1',
  person: personId(person),
  at: monotonic(now - ago),
});

export const outcomeOf = (verdict: Verdict): string =>
  verdict.verdict === 'open' ? `open for ${verdict.person}` : verdict.reason;
