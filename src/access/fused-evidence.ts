/**
 * Decides on several looks of one track that were compared as one.
 *
 * Pure. Fail closed: a missing or NaN number ends in a pending verdict. Fused are only looks that follow each other without a gap, so
 * that the vision process has compared each with the one before it and would have called the track replaced.
 */

import type { PersonId } from '../base/ids.js';
import {
  type FalseMatchRate,
  type FrameSeq,
  falseMatchRate,
  type Millis,
  type Monotonic,
} from '../base/units.js';
import type { FusedEvidence, Observation, Verdict } from './observation.js';
import { MAX_GAP } from './pad-policy.js';
import type { FaceObservation } from './subject.js';

/**
 * The newest look must show the person by itself, at this rate or a smaller one: the mean of earlier looks must not open for a person
 * who has taken their place. Weaker than the bound of the lane, which the fused looks are held to.
 */
const NEWEST_LOOK = 1e-2;

/**
 * Selects the looks that may be fused.
 * @param observations of one track, in any order.
 * @returns the newest ones, each at most 500 ms after the one before it and none older than the window before the newest; oldest first.
 */
export function fusableLooks(
  observations: readonly FaceObservation[],
  window: Millis,
): readonly FaceObservation[] {
  const sorted = observations.toSorted((a, b) => a.observation.frame - b.observation.frame);
  const newest = sorted.at(-1)?.observation.at;
  let run: readonly FaceObservation[] = [];
  for (const look of sorted) {
    const last = run.at(-1)?.observation;
    const { at, frame } = look.observation;
    if (last?.frame === frame) continue;
    const follows = last !== undefined && at - last.at >= 0 && at - last.at <= MAX_GAP;
    run = follows ? [...run, look] : [look];
  }
  return run.filter(({ observation }) => newest !== undefined && newest - observation.at <= window);
}

/**
 * Finds the evidence that rests on the given observations alone, the newest among them.
 * @param seen newest last. @returns that of the most looks; undefined where there is none.
 */
export function evidenceOn<Result>(
  seen: readonly Observation[],
  evidence: readonly FusedEvidence<Result>[],
): FusedEvidence<Result> | undefined {
  const frames = new Set(seen.map(({ frame }) => frame));
  const newest = seen.at(-1)?.frame;
  return evidence
    .filter((one) => one.frames.at(-1) === newest && one.frames.every((frame) => frames.has(frame)))
    .toSorted((a, b) => b.frames.length - a.frames.length)[0];
}

/**
 * The bound of fused looks: half of the lane's. Looks that agree one by one open as well, and both together must keep the promise:
 * on people left out they let in fewer impostors than one of the two may (bench/left-out-tables.ts).
 */
export const fusedBound = (bound: FalseMatchRate): FalseMatchRate => falseMatchRate(bound / 2);

/** Fused looks that reached their bound for one person. */
interface SureTogether {
  readonly person: PersonId;
  readonly fmr: FalseMatchRate;
  readonly frames: readonly FrameSeq[];
  /** Of the newest look alone, for the same person; absent where it shows another person. */
  readonly newestFmr: FalseMatchRate | undefined;
  /** When the newest usable look of the track was taken. */
  readonly newest: Monotonic | undefined;
}

export function fusedVerdict(
  { person, fmr, frames, newestFmr, newest }: SureTogether,
  now: Monotonic,
  { maxFrameAge }: { readonly maxFrameAge: Millis },
): Verdict {
  const hold = (reason: 'insufficient-evidence' | 'stale-frame'): Verdict => ({
    verdict: 'pending',
    reason,
    frames: frames.length,
    best: fmr,
  });
  if (newest === undefined || newestFmr === undefined || !(newestFmr <= NEWEST_LOOK))
    return hold('insufficient-evidence');
  if (!(now - newest <= maxFrameAge)) return hold('stale-frame');
  return {
    verdict: 'open',
    person,
    frames: frames.length,
    weakest: fmr,
    newest,
    fused: true,
  };
}
