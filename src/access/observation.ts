/** Keeps what single frames showed of a face, and decides whether enough of them agree. */
import type { PersonId } from '../base/ids.js';
import {
  type FalseMatchRate,
  type FrameSeq,
  falseMatchRate,
  type Millis,
  type Monotonic,
} from '../base/units.js';
import type { PendingReason } from './decision-reasons.js';

/** The result of a 1:N search for one face. */
export interface Match {
  readonly person: PersonId;
  readonly fmr: FalseMatchRate;
  /** The reranker doubts that it is this person: such an observation opens for no one, and still counts against others. */
  readonly doubted?: true;
  /** A limit of this person's own refuses it; then it is doubted as well. */
  readonly disputed?: true;
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

/** What the looks of these frames showed together. */
export interface FusedEvidence<Result> {
  /** Distinct, rising; the last is the newest. */
  readonly frames: readonly FrameSeq[];
  readonly result: Result;
}

export type Verdict =
  | {
      readonly verdict: 'open';
      readonly person: PersonId;
      /** Distinct frames that agreed. */
      readonly frames: number;
      /** What is promised: the highest rate among them, or that of all of them fused. */
      readonly weakest: FalseMatchRate;
      /** The frames were compared as one; absent: each by itself. */
      readonly fused?: true;
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

/** An observation that passed all rules for a single frame, and the rate it did so with. */
interface Sure {
  readonly observation: Observation;
  readonly fmr: FalseMatchRate;
}

/**
 * Multi-frame consensus: enough distinct, fresh frames must agree, for 1:N and 1:1.
 * @param sure all for `person`.
 * @param newest the newest usable observation of the track, sure or not: the face in the newest picture must be the one that is
 * let in, or evidence of a person who has walked on would open for the next one.
 */
export function consensusOn(
  person: PersonId,
  sure: readonly Sure[],
  newest: Observation | undefined,
  asOf: {
    readonly now: Monotonic;
    readonly rules: { readonly framesNeeded: number; readonly maxFrameAge: Millis };
  },
): Verdict {
  const { now, rules } = asOf;
  const frames = new Set(sure.map(({ observation }) => observation.frame)).size;
  const weakest = falseMatchRate(Math.max(...sure.map(({ fmr }) => fmr)));
  const best = falseMatchRate(Math.min(...sure.map(({ fmr }) => fmr)));
  const hold = (reason: 'insufficient-evidence' | 'stale-frame'): Verdict => ({
    verdict: 'pending',
    reason,
    frames,
    best,
  });

  const last = sure.find(({ observation }) => observation.frame === newest?.frame);
  if (!(frames >= rules.framesNeeded) || last === undefined) return hold('insufficient-evidence');
  if (!(now - last.observation.at <= rules.maxFrameAge)) return hold('stale-frame');
  return {
    verdict: 'open',
    person,
    frames,
    weakest,
    newest: last.observation.at,
  };
}

/** The smallest of the rates; absent when there is none. NaN does not take part. */
export function bestOf(rates: readonly (FalseMatchRate | undefined)[]): { readonly best?: FalseMatchRate } {
  const known = rates.filter((rate): rate is FalseMatchRate => rate !== undefined && rate >= 0);
  return { best: known.length === 0 ? undefined : falseMatchRate(Math.min(...known)) };
}
