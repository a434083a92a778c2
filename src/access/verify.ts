/**
 * Verifies 1:1 over one track that the face is that of the person whose badge was just presented.
 *
 * Pure. Fail closed: a missing or NaN number ends in a pending verdict.
 */
import type { BadgeId, PersonId } from '../base/ids.js';
import type { Distance, Millis, Monotonic } from '../base/units.js';
import type { VerificationRules } from './lane-rules.js';
import { bestOf, consensusOn, type Observation, recent, type Verdict } from './observation.js';

/** A badge that was presented, and whose it is. */
export interface Claim {
  readonly badge: BadgeId;
  /** New for each read. */
  readonly read: string;
  readonly person: PersonId;
  readonly at: Monotonic;
  /** A visitor's face is compared with the photograph in the document instead of with the gallery. It is kept as long as the claim. */
  readonly pass?: { readonly distanceTo: (embedding: Float32Array) => Distance };
}

export const isOpenClaim = ({ at }: Claim, now: Monotonic, { badgeValid }: VerificationRules): boolean =>
  now - at >= 0 && now - at <= badgeValid;

/** @param observations of one track, in any order, compared with the person of the claim. */
export function verify(
  observations: readonly Observation[],
  claim: Claim,
  now: Monotonic,
  rules: VerificationRules & { readonly maxFrameAge: Millis },
): Verdict {
  const seen = recent(observations, now, rules.window);
  const hold = (reason: 'no-face' | 'badge-face-timeout' | 'badge-face-mismatch'): Verdict => ({
    verdict: 'pending',
    reason,
    frames: 0,
    ...bestOf(seen.map(({ claimedFmr }) => claimedFmr)),
  });
  if (!isOpenClaim(claim, now, rules)) return hold('badge-face-timeout');
  if (seen.length === 0) return hold('no-face');

  const sure = seen.flatMap((observation) =>
    observation.claimedFmr !== undefined && observation.claimedFmr <= rules.maxFmr
      ? [{ observation: observation, fmr: observation.claimedFmr }]
      : [],
  );
  if (sure.length === 0) return hold('badge-face-mismatch');
  return consensusOn(claim.person, sure, seen.at(-1), now, rules);
}
