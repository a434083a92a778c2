/** Decides what follows from a verdict on a subject: a grant, a refusal or nothing yet. Pure: who was admitted, the gate and the time are values. */

import { objectionTo } from '../../access/admission.js';
import type { FaceMode, Granted, GrantedByFace, Refused } from '../../access/decision.js';
import type { PendingReason } from '../../access/decision-reasons.js';
import { identify } from '../../access/identify.js';
import type { LaneRules } from '../../access/lane-rules.js';
import type { Observation, PendingDecision, Verdict } from '../../access/observation.js';
import { livenessObjection, padRequired, provenObservations } from '../../access/pad-policy.js';
import type { Asked } from '../../access/policy/credentials.js';
import { problemsByFrequency, refusalAtLeaving, refusalDue, type Subject } from '../../access/subject.js';
import { type Claim, verify } from '../../access/verify.js';
import type { BadgeId, PersonId } from '../../base/ids.js';
import { type Monotonic, monotonic, type WallTime } from '../../base/units.js';
import { isExtrapolated } from '../../biometrics/fmr.js';
import type { LaneMode } from '../health/degraded-modes.js';
import { evidenceKey } from './badge-claims.js';
import { claimedRate, compareTogether } from './fuse-looks.js';
import type { LaneGallery, LimitOf } from './lane-gallery.js';
import { livenessOf, patienceFor } from './liveness.js';
import type { LimitContext } from './person-limits.js';
import { identificationBound, standingOf } from './promise.js';

export type LaneVerdict = { readonly mode: FaceMode; readonly badge?: BadgeId } & (
  | Extract<Verdict, { verdict: 'open' }>
  | (PendingDecision & {
      /** Only when a person was recognised or claimed. */
      readonly person?: PersonId;
    })
);

interface Circumstances {
  readonly rules: LaneRules;
  readonly gallery: LaneGallery;
  readonly claim: Claim | undefined;
  readonly now: Monotonic;
  readonly wall: WallTime;
  /** What the lane's state leaves of the rules. */
  readonly left: LaneMode;
  /** What the access rules ask for now; absent: what the lane's own rules do. */
  readonly asked?: Asked | undefined;
  readonly limitOf?: LimitOf | undefined;
}

/** Reaches the verdict on a subject: 1:1 while a badge is claimed, else 1:N, then whether the person may pass at all. */
export function verdictOn(subject: Subject, about: Circumstances): LaneVerdict {
  const verdict = verdictOnFace(subject, about);
  const asked = padRequired(about.rules, verdict.mode, about.wall);
  const hold = verdict.verdict === 'pending' ? verdict.reason : undefined;
  const reason = livenessObjection(asked, subject.liveness.verdict, hold);
  if (verdict.verdict === 'pending') return reason === undefined ? verdict : { ...verdict, reason };
  if (reason !== undefined) return withheld(verdict, reason);
  return asked === 'require' ? provenVerdict(verdict, subject, about) : verdict;
}

type Opening = Extract<LaneVerdict, { verdict: 'open' }>;

/** The same verdict must come of the looks alone whose own frames show a living face, the newest among them. */
function provenVerdict(verdict: Opening, subject: Subject, about: Circumstances): LaneVerdict {
  const proven = verdictOnFace({ ...subject, observations: provenObservations(subject) }, about);
  const isProven =
    proven.verdict === 'open' && proven.person === verdict.person && proven.newest === verdict.newest;
  return isProven ? proven : withheld(verdict, 'liveness-undecided');
}

function withheld({ mode, badge, person, frames, weakest }: Opening, reason: PendingReason): LaneVerdict {
  return {
    mode,
    badge,
    verdict: 'pending',
    reason,
    frames,
    best: weakest,
    person,
  };
}

function verdictOnFace(subject: Subject, about: Circumstances): LaneVerdict {
  const { gallery, claim, now, wall, left, asked } = about;
  const { calibration } = gallery;
  const { identification: faceAlone, verification, maxFrameAge } = about.rules;
  const identification = left === 'verification' || asked?.faceAlone === false ? undefined : faceAlone;
  const claimed = verification === undefined ? undefined : claim;
  const mode: FaceMode =
    claimed === undefined && identification !== undefined ? 'identification' : 'verification';
  const badge = claimed?.badge;
  const hold = (reason: PendingReason): LaneVerdict => ({
    mode,
    badge,
    verdict: 'pending',
    reason,
    frames: 0,
  });

  if (calibration === undefined) return hold('pack-uncalibrated');
  if (!canBelieveFaces(left)) return hold('degraded');
  if (gallery.snapshot.owners.length === 0 && claimed?.pass === undefined) return hold('gallery-empty');
  if (subject.observations.length === 0) return hold(reasonWithoutObservation(subject));

  const judge = (): Verdict => {
    if (claimed !== undefined && verification !== undefined) {
      const context = { gallery, calibration, limitOf: about.limitOf, bound: verification.maxFmr };
      const observations = comparedWith(claimed, subject, context);
      const fused = compareTogether(claimed, subject.observations, context, verification);
      return verify({ observations, fused }, claimed, now, { ...verification, maxFrameAge });
    }
    if (identification === undefined) return { verdict: 'pending', reason: 'badge-required', frames: 0 };
    const maxFmr = identificationBound(gallery, identification.maxFpir);
    const seen = subject.observations.map(({ observation }) => observation);
    return identify(seen, now, { ...identification, maxFmr, maxFrameAge }, subject.fused);
  };
  const verdict = judge();
  if (verdict.verdict === 'pending') return { mode, badge, ...verdict, person: claimed?.person };

  const { person, frames, weakest } = verdict;
  // A visitor is not enrolled: whether the document is still valid is for the reader to check.
  if (claimed?.pass !== undefined) return { mode, badge, ...verdict };
  const reason = objectionTo(gallery.snapshot.people.get(person), wall);
  if (reason === undefined) return { mode, badge, ...verdict };
  return { mode, badge, verdict: 'pending', reason, frames, best: weakest, person };
}

/** In the lower modes no face counts. */
export const canBelieveFaces = (left: LaneMode = 'identification'): boolean =>
  left === 'identification' || left === 'verification';

function reasonWithoutObservation(subject: Subject): PendingReason {
  if (subject.stale > 0) return 'stale-frame';
  const [worst] = problemsByFrequency(subject);
  if (worst === undefined) return 'insufficient-evidence';
  return worst === 'face-covered' ? worst : 'low-quality';
}

function comparedWith(
  claim: Claim,
  { observations: looks }: Subject,
  context: LimitContext,
): readonly Observation[] {
  return looks.map(({ observation, embedding }) => {
    const claimedFmr = claimedRate(embedding, claim, context);
    return claimedFmr === undefined ? observation : { ...observation, claimedFmr };
  });
}

export interface DecisionFacts {
  readonly rules: LaneRules;
  /** By which the verdict came about; undefined before the first frame. */
  readonly gallery: LaneGallery | undefined;
  readonly claim: Claim | undefined;
  readonly now: Monotonic;
  /** False while a grant is in progress or a person is on the way through: no one is admitted meanwhile. */
  readonly gateFree: boolean;
  /** Whether the person of an open verdict was admitted and has not been gone since. */
  readonly isAdmitted: boolean;
}

export type NextStep =
  /** Nothing yet, or nothing any more. */
  | { readonly kind: 'wait' }
  | { readonly kind: 'already-admitted'; readonly person: PersonId }
  | { readonly kind: 'grant'; readonly granted: GrantedByFace }
  | { readonly kind: 'refuse'; readonly refused: Refused };

const WAIT: NextStep = { kind: 'wait' };

/** @param subject alone at the gate, not granted yet. */
export function decide(subject: Subject, verdict: LaneVerdict, facts: DecisionFacts): NextStep {
  const { rules, claim, now, gateFree, isAdmitted } = facts;
  if (verdict.verdict === 'open') {
    if (isAdmitted) return { kind: 'already-admitted', person: verdict.person };
    if (!gateFree) return WAIT;
    return { kind: 'grant', granted: withOrigin(grantFor(subject, verdict, claim), facts) };
  }
  if (isRefused(subject, claim)) return WAIT;
  const since = monotonic(Math.max(subject.firstLook ?? subject.since, claim?.at ?? 0));
  if (!refusalDue(verdict.reason, since, now, patienceFor(verdict.reason, rules))) return WAIT;
  return { kind: 'refuse', refused: withOrigin(refusalFor(subject, verdict), facts) };
}

/** @returns the refusal of a subject who leaves without one; undefined where nothing is to be reported. */
export function decideAtLeaving(
  subject: Subject,
  verdict: LaneVerdict,
  facts: Pick<DecisionFacts, 'rules' | 'gallery'>,
): Refused | undefined {
  if (verdict.verdict === 'open' || !refusalAtLeaving(subject, verdict.reason)) return undefined;
  return withOrigin(refusalFor(subject, verdict), facts);
}

/** Whether the subject was refused with this evidence already. */
export const isRefused = ({ refused }: Subject, claim: Claim | undefined): boolean =>
  refused.includes(evidenceKey(claim));

/** @param claim by which the verdict came about. */
function grantFor(
  subject: Subject,
  verdict: Extract<LaneVerdict, { verdict: 'open' }>,
  claim: Claim | undefined,
): GrantedByFace {
  const { mode, badge, person, frames, fused, weakest: fmr, newest: frameAt } = verdict;
  const verified = claim?.pass === undefined ? 'face-verified' : 'document-verified';
  return {
    verdict: 'granted',
    reason: mode === 'verification' ? verified : 'face-identified',
    mode,
    track: subject.track,
    person,
    frames,
    fused,
    fmr,
    frameAt,
    badge,
    ...livenessOf(subject),
  };
}

/** Refusals that come with what was wrong with the pictures. */
const OF_PROBLEMS: readonly PendingReason[] = ['low-quality', 'face-covered'];

function refusalFor(
  subject: Subject,
  verdict: Extract<LaneVerdict, { verdict: 'pending' }>,
): Refused & { readonly track: Subject['track']; readonly mode: FaceMode } {
  const { mode, badge, person, reason, frames, best } = verdict;
  const problems = problemsByFrequency(subject);
  return {
    verdict: 'refused',
    reason,
    mode,
    track: subject.track,
    frames,
    frameAt: subject.lastAt,
    person,
    badge,
    fmr: best,
    ...livenessOf(subject, reason),
    problems: OF_PROBLEMS.includes(reason) && problems.length > 0 ? problems : undefined,
  };
}

/** Notes of a rate what it rests on, and whether it was extrapolated instead of measured. */
function withOrigin<R extends (Granted | Refused) & { readonly mode: FaceMode }>(
  ruling: R,
  { rules, gallery }: Pick<DecisionFacts, 'rules' | 'gallery'>,
): R {
  if (ruling.fmr === undefined || gallery?.calibration === undefined) return ruling;
  const promise = standingOf(ruling.mode, gallery, rules);
  const noted = promise === undefined ? ruling : { ...ruling, promise };
  return isExtrapolated(gallery.calibration, ruling.fmr) ? { ...noted, extrapolated: true } : noted;
}

/** A person was recognised, and may not pass. */
export function refusalOf(granted: Granted, reason: PendingReason): Refused {
  const { mode, frames, track, person, badge, fmr, frameAt, liveness } = granted;
  const { fused, promise, extrapolated, livenessVerdict } = granted;
  return {
    verdict: 'refused',
    reason,
    mode,
    frames,
    fused,
    track,
    person,
    badge,
    fmr,
    promise,
    extrapolated,
    frameAt,
    liveness,
    livenessVerdict,
  };
}
