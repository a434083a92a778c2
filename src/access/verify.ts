/**
 * Verifies 1:1 over one track that the face is that of the person whose badge was just presented.
 *
 * Pure. Fail closed: a missing or NaN number ends in a pending verdict.
 */
import type { BadgeId, PersonId } from '../base/ids.js';
import type { Distance, FalseMatchRate, Millis, Monotonic } from '../base/units.js';
import { evidenceOn, fusedBound, fusedVerdict } from './fused-evidence.js';
import type { VerificationRules } from './lane-rules.js';
import {
  bestOf,
  consensusOn,
  type FusedEvidence,
  type Observation,
  recent,
  type Verdict,
} from './observation.js';

/** From a photograph to a live face, both as the encoder gives them. */
type PhotoDistance = (photo: Float32Array, live: Float32Array) => Distance;

/** A badge that was presented, and whose it is. */
export interface Claim {
  readonly badge: BadgeId;
  /** New for each read. */
  readonly read: string;
  readonly person: PersonId;
  readonly at: Monotonic;
  /** A visitor's face is compared with the photograph in the document instead of with the gallery. It is kept as long as the claim. */
  readonly pass?: { readonly distanceTo: (embedding: Float32Array, between?: PhotoDistance) => Distance };
}

export const isOpenClaim = ({ at }: Claim, now: Monotonic, { badgeValid }: VerificationRules): boolean =>
  now - at >= 0 && now - at <= badgeValid;

/** What was seen of one track, compared with the person of the claim. */
export interface ClaimEvidence {
  /** In any order. */
  readonly observations: readonly Observation[];
  /** Looks that were fused and compared as one; they count where they rest on these observations. */
  readonly fused?: FusedEvidence<FalseMatchRate>;
}

/** Opens where enough observations agree one by one, or where they are sure when they are fused. */
export function verify(
  { observations, fused: evidence }: ClaimEvidence,
  claim: Claim,
  now: Monotonic,
  rules: VerificationRules & { readonly maxFrameAge: Millis },
): Verdict {
  const seen = recent(observations, now, rules.window);
  const newest = seen.at(-1);
  const fused = evidence === undefined ? undefined : evidenceOn(seen, [evidence]);
  const hold = (reason: 'no-face' | 'badge-face-timeout' | 'badge-face-mismatch'): Verdict => ({
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
  const counted =
    sure.length === 0 ? hold('badge-face-mismatch') : consensusOn(claim.person, sure, newest, { now, rules });
  if (counted.verdict === 'open' || !(fused !== undefined && fused.result <= fusedBound(rules.maxFmr)))
    return counted;
  const { frames, result: fmr } = fused;
  const together = { person: claim.person, fmr, frames, newestFmr: newest.claimedFmr, newest: newest.at };
  return fusedVerdict(together, now, rules);
}
