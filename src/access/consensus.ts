/** Requires that enough distinct, fresh frames agree: multi-frame consensus, for 1:N and 1:1. */
import type { PersonId } from '../base/ids.js';
import { type FalseMatchRate, falseMatchRate, type Millis, type Monotonic } from '../base/units.js';
import type { Observation, Verdict } from './observation.js';

/** An observation that passed all rules for a single frame, and the rate it did so with. */
export interface Sure {
  readonly observation: Observation;
  readonly fmr: FalseMatchRate;
}

/**
 * @param sure all for `person`.
 * @param newest the newest usable observation of the track, sure or not: the face in the newest picture must be the one that is
 * let in, or evidence of a person who has walked on would open for the next one.
 */
export function consensusOn(
  person: PersonId,
  sure: readonly Sure[],
  newest: Observation | undefined,
  now: Monotonic,
  rules: { readonly framesNeeded: number; readonly maxFrameAge: Millis },
): Verdict {
  const frames = new Set(sure.map(({ observation }) => observation.frame)).size;
  const weakest = falseMatchRate(Math.max(...sure.map(({ fmr }) => fmr)));
  const best = falseMatchRate(Math.min(...sure.map(({ fmr }) => fmr)));
  const hold = (reason: 'insufficient-evidence' | 'stale-frame'): Verdict => ({
    verdict: 'pending',
    reason,
    frames,
    best,
  });

  const last = sure.find(({ observation }) => observation.frame === newest?.frame);
  if (!(frames >= rules.framesNeeded) || last === undefined) return hold('insufficient-evidence');
  if (!(now - last.observation.at <= rules.maxFrameAge)) return hold('stale-frame');
  return {
    verdict: 'open',
    person,
    frames,
    weakest,
    newest: last.observation.at,
  };
}

/** The smallest of the rates; absent when there is none. NaN does not take part. */
export function bestOf(rates: readonly (FalseMatchRate | undefined)[]): { readonly best?: FalseMatchRate } {
  const known = rates.filter((rate): rate is FalseMatchRate => rate !== undefined && rate >= 0);
  return { best: known.length === 0 ? undefined : falseMatchRate(Math.min(...known)) };
}
