import type { PersonId } from '../base/ids.js';
import type { FalseMatchRate, FrameSeq, Monotonic } from '../base/units.js';
import type { PendingReason } from './decision-reasons.js';

/** The result of a 1:N search for one face. */
export interface Match {
  readonly person: PersonId;
  readonly fmr: FalseMatchRate;
  /** The reranker doubts that it is this person: such an observation opens for no one, and still counts against others. */
  readonly doubted?: true;
  /** Of the nearest template of another person; absent when no other person is enrolled. */
  readonly runnerUpFmr?: FalseMatchRate;
}

/** What one frame showed of one face that was good enough to be compared. */
export interface Observation {
  readonly frame: FrameSeq;
  readonly at: Monotonic;
  /** For 1:N; absent when the gallery is empty or was not searched. */
  readonly match?: Match;
  /** For 1:1: against the person who is claimed; absent when there is no claim. */
  readonly claimedFmr?: FalseMatchRate;
}

export type Verdict =
  | {
      readonly verdict: 'open';
      readonly person: PersonId;
      /** Distinct frames that agreed. */
      readonly frames: number;
      /** The highest rate among them: what is promised. */
      readonly weakest: FalseMatchRate;
      /** When the newest of them was taken. */
      readonly newest: Monotonic;
    }
  | PendingDecision;

export interface PendingDecision {
  readonly verdict: 'pending';
  readonly reason: PendingReason;
  /** Distinct frames that agreed so far. */
  readonly frames: number;
  /** The best rate that any frame reached, for any person. */
  readonly best?: FalseMatchRate;
}

/** Those within the window, newest last; a future one does not count. */
export function recent(
  observations: readonly Observation[],
  now: Monotonic,
  window: number,
): readonly Observation[] {
  return observations
    .filter(({ at }) => now - at >= 0 && now - at <= window)
    .sort((a, b) => a.frame - b.frame);
}
