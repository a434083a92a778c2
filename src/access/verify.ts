/**
 * Verifies 1:1 over one track that the face is that of the person whose badge was just presented.
 *
 * Pure. Fail closed: a missing or NaN number ends in a pending verdict.
 */
import type { BadgeId, PersonId } from '../base/ids.js';
import type { Distance, FalseMatchRate, Millis, Monotonic } from '../base/units.js';
import { evidenceOn, fusedVerdict } from './fused-evidence.js';
import type { VerificationRules } from './lane-rules.js';
import {
  bestOf,
  consensusOn,
  type FusedEvidence,
  type Observation,
  type PendingDecision,
  recent,
  type Verdict,
} from './observation.js';

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

type Reason = 'no-face' | 'badge-face-timeout' | 'badge-face-mismatch' | 'insufficient-evidence';

/** What was seen of one track, compared with the person of the claim. */
export interface ClaimEvidence {
  /** In any order. */
  readonly observations: readonly Observation[];
  /** Looks that were fused and compared as one: where they stand on these observations they decide, otherwise enough must agree. */
  readonly fused?: FusedEvidence<FalseMatchRate>;
}

export function verify(
  { observations, fused: evidence }: ClaimEvidence,
  claim: Claim,
  now: Monotonic,
  rules: VerificationRules & { readonly maxFrameAge: Millis },
): Verdict {
  const seen = recent(observations, now, rules.window);
  const newest = seen.at(-1);
  const fused = evidence === undefined ? undefined : evidenceOn(seen, [evidence]);
  const hold = (reason: Reason): PendingDecision => ({
    verdict: 'pending',
    reason,
    frames: 0,
    ...bestOf([...seen.map(({ claimedFmr }) => claimedFmr), fused?.result]),
  });
  if (!isOpenClaim(claim, now, rules)) return hold('badge-face-timeout');
  if (newest === undefined) return hold('no-face');
  const sure = seen.flatMap((observation) =>
    observation.claimedFmr !== undefined && observation.claimedFmr <= rules.maxFmr
      ? [{ observation: observation, fmr: observation.claimedFmr }]
      : [],
  );
  if (fused !== undefined && fused.result <= rules.maxFmr) {
    const { frames, result: fmr } = fused;
    const together = { person: claim.person, fmr, frames, newestFmr: newest.claimedFmr };
    return fusedVerdict(together, newest, now, rules);
  }
  if (sure.length === 0) return hold('badge-face-mismatch');
  if (fused !== undefined) return { ...hold('insufficient-evidence'), frames: sure.length };
  return consensusOn(claim.person, sure, newest, { now, rules });
}
