/** Builds grants and refusals from a verdict on a subject. */
import type { Granted, GrantedByFace, Refused } from '../../access/decision.js';
import type { PendingReason } from '../../access/decision-reasons.js';
import { problemsOf, type Subject } from '../../access/subject.js';
import type { Claim } from '../../access/verify.js';
import { isExtrapolated } from '../../biometrics/fmr.js';
import type { CalibrationTable } from '../../biometrics/model-card.js';
import type { LaneVerdict } from './decide-face.js';
import { livenessOf } from './liveness.js';

/** @param claim by which the verdict came about. */
export function grantFor(
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

export function refusalFor(
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
export const withOrigin = <R extends Granted | Refused>(
  ruling: R,
  calibration: CalibrationTable | undefined,
): R =>
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
