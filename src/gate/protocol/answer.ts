/** Declares a gate's answer to a request. */

export type GateAnswer =
  /** The drive confirmed that the gate moved. */
  | { readonly result: 'opened' }
  /** Nothing was released. */
  | { readonly result: 'refused'; readonly reason: string }
  /** The drive was started and has not reported within its limit how it went: it may or may not have opened. May be followed by one of the above. */
  | { readonly result: 'unconfirmed' }
  /** The session that the lane asked for is in use. */
  | { readonly result: 'ready' };

const sameAnswer = (one: GateAnswer, other: GateAnswer): boolean =>
  one.result === other.result &&
  (one.result !== 'refused' || other.result !== 'refused' || one.reason === other.reason);

/** Whether `next` may truthfully follow `before` for the same grant: only where it was still open how that ended. */
export const mayFollow = (before: GateAnswer, next: GateAnswer): boolean =>
  sameAnswer(before, next) ||
  before.result === 'unconfirmed' ||
  // Delivered twice and late.
  next.result === 'unconfirmed';
