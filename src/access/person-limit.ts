/**
 * Holds a person to a limit of their own: some templates open nothing, or a lower rate is asked for.
 *
 * Never looser than without: a rate only rises, and a match that the limit refuses still counts against other people, as it
 * did before (`doubted`).
 */
import { type FalseMatchRate, falseMatchRate } from '../base/units.js';
import type { Match } from './observation.js';

interface Bounds {
  /** Highest rate for this person, inclusive; absent: the lane's. */
  readonly limit?: FalseMatchRate;
  /** The lane's, inclusive. */
  readonly lane: FalseMatchRate;
}

/**
 * Returns the match as it counts under the limit.
 * @param held rate of the person's nearest template that was not set aside; absent when none remains.
 */
export function limitedMatch(match: Match, held: FalseMatchRate | undefined, { limit, lane }: Bounds): Match {
  const bound = Math.min(limit ?? lane, lane);
  // Asks for proof: NaN is not within the bound.
  if (held !== undefined && held <= bound && held >= match.fmr) return { ...match, fmr: held };
  return { ...match, doubted: true, disputed: true };
}

/** No comparison with the claimed person's templates is left. */
const NO_MATCH = falseMatchRate(1);

/** Returns the rate of a 1:1 comparison as it counts under the limit; 1 where the limit refuses it. */
export function limitedClaim(held: FalseMatchRate | undefined, { limit, lane }: Bounds): FalseMatchRate {
  const bound = Math.min(limit ?? lane, lane);
  return held !== undefined && held <= bound ? held : NO_MATCH;
}
