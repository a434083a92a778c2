/** Decides what follows from a verdict on a subject: a grant, a refusal or nothing yet. Pure: who was admitted, the gate and the time are values. */
import type { Granted, GrantedByFace, Refused } from '../../access/decision.js';
import type { PendingReason } from '../../access/decision-reasons.js';
import type { LaneRules } from '../../access/lane-rules.js';
import { problemsOf, refusalAtLeaving, refusalDue, type Subject } from '../../access/subject.js';
import type { Claim } from '../../access/verify.js';
import type { PersonId } from '../../base/ids.js';
import { type Monotonic, monotonic } from '../../base/units.js';
import { isExtrapolated } from '../../biometrics/fmr.js';
import type { CalibrationTable } from '../../biometrics/model-card.js';
import { evidenceKey } from './badge-claims.js';
import type { LaneVerdict } from './decide-face.js';
import { livenessOf, patienceFor } from './liveness.js';

export interface DecisionFacts {
  readonly rules: LaneRules;
  readonly calibration: CalibrationTable | undefined;
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
  const { rules, calibration, claim, now, gateFree, isAdmitted } = facts;
  if (verdict.verdict === 'open') {
    if (isAdmitted) return { kind: 'already-admitted', person: verdict.person };
    if (!gateFree) return WAIT;
    return { kind: 'grant', granted: withOrigin(grantFor(subject, verdict, claim), calibration) };
  }
  if (isRefused(subject, claim)) return WAIT;
  const since = monotonic(Math.max(subject.firstLook ?? subject.since, claim?.at ?? 0));
  if (!refusalDue(verdict.reason, since, now, patienceFor(verdict.reason, rules))) return WAIT;
  return { kind: 'refuse', refused: withOrigin(refusalFor(subject, verdict), calibration) };
}

/** @returns the refusal of a subject who leaves without one; undefined where nothing is to be reported. */
export function decideAtLeaving(
  subject: Subject,
  verdict: LaneVerdict,
  calibration: CalibrationTable | undefined,
): Refused | undefined {
  if (verdict.verdict === 'open' || !refusalAtLeaving(subject, verdict.reason)) return undefined;
  return withOrigin(refusalFor(subject, verdict), calibration);
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
  const { mode, badge, person, frames, weakest: fmr, newest: frameAt } = verdict;
  const verified = claim?.pass === undefined ? 'face-verified' : 'document-verified';
  return {
    verdict: 'granted',
    reason: mode === 'verification' ? verified : 'face-identified',
    mode,
    track: subject.track,
    person,
    frames,
    fmr,
    frameAt,
    badge,
    ...livenessOf(subject),
  };
}

function refusalFor(
  subject: Subject,
  verdict: Extract<LaneVerdict, { verdict: 'pending' }>,
): Refused & { readonly track: Subject['track'] } {
  const { mode, badge, person, reason, frames, best } = verdict;
  const problems = problemsOf(subject);
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
    problems: reason === 'low-quality' && problems.length > 0 ? problems : undefined,
  };
}

/** Marks a rate that was extrapolated, not measured. */
const withOrigin = <R extends Granted | Refused>(ruling: R, calibration: CalibrationTable | undefined): R =>
  ruling.fmr !== undefined && calibration !== undefined && isExtrapolated(calibration, ruling.fmr)
    ? { ...ruling, extrapolated: true }
    : ruling;

/** A person was recognised, and may not pass. */
export function refusalOf(granted: Granted, reason: PendingReason): Refused {
  const { mode, frames, track, person, badge, fmr, frameAt, liveness } = granted;
  const { extrapolated, livenessVerdict } = granted;
  return {
    verdict: 'refused',
    reason,
    mode,
    frames,
    track,
    person,
    badge,
    fmr,
    extrapolated,
    frameAt,
    liveness,
    livenessVerdict,
  };
}
