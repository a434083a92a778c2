/**
 * Selects the observations that prove that a living face was compared.
 *
 * Pure. Liveness and identity must come from the same frames, or a living face would vouch for a picture that is held before it: an
 * observation counts with the liveness of its own frame, and only together with others that complete the proof by themselves.
 */
import { monotonic } from '../base/units.js';
import { indicatesAttack, LIVENESS_INTERVAL, noEvidence, withScore } from '../vision/pad/pad-evidence.js';
import type { FaceObservation, Subject } from './subject.js';

/** Observations further apart than this, in ms, do not follow each other: what was there in between is not known. */
const MAX_GAP = 500;

/** @returns the observations that prove it, oldest first; none when they do not. */
export function provenObservations({
  observations,
  proofFrom,
}: Pick<Subject, 'observations' | 'proofFrom'>): readonly FaceObservation[] {
  const sorted = observations.toSorted((a, b) => a.observation.at - b.observation.at);
  let run: readonly FaceObservation[] = [];
  let from: number = proofFrom;
  for (const seen of sorted) {
    const { at } = seen.observation;
    if (seen.liveness === undefined) continue;
    if (indicatesAttack(seen.liveness)) {
      run = [];
      from = Math.max(from, at + LIVENESS_INTERVAL);
      continue;
    }
    if (!(at >= from)) continue;
    const last = run.at(-1);
    run = last === undefined || at - last.observation.at <= MAX_GAP ? [...run, seen] : [seen];
  }
  const evidence = run.reduce(
    (before, { liveness = Number.NaN, observation }) =>
      withScore(before, liveness, monotonic(observation.at)),
    noEvidence,
  );
  return evidence.verdict === 'live' ? run : [];
}
