/** Applies liveness to a subject: what a decision reports, how long a refusal waits, and what a display asks for. */

import type { LaneDecision } from '../../access/decision.js';
import type { PendingReason } from '../../access/decision-reasons.js';
import type { LaneRules } from '../../access/lane-rules.js';
import { padRequired } from '../../access/pad-policy.js';
import type { Subject } from '../../access/subject.js';
import { type Millis, type Monotonic, millis, type WallTime } from '../../base/units.js';
import type { FrameReport } from '../../vision/ports/vision.js';
import { CHALLENGE_TIME, meanScore, type Prompt, promptFor } from '../../vision/tracking/pad-evidence.js';

/** For a lane decision. @param reason of the refusal; where liveness of the compared frames is undecided, the verdict is 'undecided', whatever other frames show. */
export function livenessOf(
  { liveness }: Subject,
  reason?: PendingReason,
): Pick<LaneDecision, 'liveness' | 'livenessVerdict'> {
  const score = meanScore(liveness);
  if (score === undefined) return {};
  return {
    liveness: score,
    livenessVerdict: reason === 'liveness-undecided' ? 'undecided' : liveness.verdict,
  };
}

/** How long a subject is observed before a refusal for this reason is reported. */
export const patienceFor = (reason: PendingReason, { liveness, refuseAfter }: LaneRules): Millis =>
  reason === 'liveness-undecided' && liveness?.challenge === true
    ? millis(refuseAfter + CHALLENGE_TIME)
    : refuseAfter;

/** @param subject alone at the gate. @param frame the newest. */
export function promptTo(
  subject: Subject | undefined,
  frame: FrameReport,
  { now, wall }: { readonly now: Monotonic; readonly wall: WallTime },
  rules: LaneRules,
): Prompt | undefined {
  const mode = rules.identification === undefined ? 'verification' : 'identification';
  if (rules.liveness?.challenge !== true || padRequired(rules, mode, wall) !== 'require') return undefined;
  if (subject?.firstLook === undefined || subject.granted) return undefined;
  const face = frame.faces.find(({ track }) => track === subject.track);
  if (face === undefined) return undefined;
  return promptFor(subject.liveness, millis(now - subject.firstLook), face.interOcular);
}
