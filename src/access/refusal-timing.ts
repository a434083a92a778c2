/**
 * How long before 'unknown', or any other refusal, is published: `refuse_after_ms` of the lane, never at the first frame, because
 * the next one may open.
 */
import type { Millis, Monotonic } from '../base/units.js';
import type { PendingReason } from './decision-reasons.js';
import type { Subject } from './subject.js';

/** Nothing was asked for, or it is not known yet: no reason to refuse. */
const NEVER_A_REFUSAL: readonly PendingReason[] = ['no-face', 'badge-required'];
/** A subject that was present for less than this, in ms, only walked past. */
const PRESENT_MS = 500;

/**
 * Whether it is time to publish that a subject who is still at the gate is refused.
 * @param since from when on they could have been let in.
 */
export function refusalDue(
  reason: PendingReason,
  since: Monotonic,
  now: Monotonic,
  refuseAfter: Millis,
): boolean {
  if (reason === 'insufficient-evidence' || NEVER_A_REFUSAL.includes(reason)) return false;
  // More pictures of a picture would add nothing.
  return reason === 'presentation-attack' || now - since >= refuseAfter;
}

/** Whether a subject who leaves undecided is reported as refused. */
export function refusalAtLeaving({ firstLook, since, lastAt }: Subject, reason: PendingReason): boolean {
  return !NEVER_A_REFUSAL.includes(reason) && (firstLook !== undefined || lastAt - since >= PRESENT_MS);
}
