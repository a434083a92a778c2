/**
 * Which looks at a face are proof that a living one was compared?
 *
 * Pure. That somebody lives and who it is are told from the same frames, or a living face would vouch for a picture that is held
 * before it: a look counts with liveness of its own frame, and only together with others that make the proof whole by themselves.
 */
import { monotonic } from '../base/units.js';
import { LIVENESS_INTERVAL, noEvidence, speaksAgainst, withScore } from '../vision/pad/pad-evidence.js';
import type { FaceObservation, Subject } from './subject.js';

/** Looks further apart than this, in ms, do not follow each other: nobody saw what was there in between. */
const MAX_GAP = 500;

/** @returns the looks that prove it, oldest first; none when they do not. */
export function provenObservations({
  looks,
  proofFrom,
}: Pick<Subject, 'looks' | 'proofFrom'>): readonly FaceObservation[] {
  const sorted = looks.toSorted((a, b) => a.sighting.at - b.sighting.at);
  let run: readonly FaceObservation[] = [];
  let from: number = proofFrom;
  for (const look of sorted) {
    const { at } = look.sighting;
    if (look.liveness === undefined) continue;
    if (speaksAgainst(look.liveness)) {
      run = [];
      from = Math.max(from, at + LIVENESS_INTERVAL);
      continue;
    }
    if (!(at >= from)) continue;
    const last = run.at(-1);
    run = last === undefined || at - last.sighting.at <= MAX_GAP ? [...run, look] : [look];
  }
  const evidence = run.reduce(
    (before, { liveness = Number.NaN, sighting }) => withScore(before, liveness, monotonic(sighting.at)),
    noEvidence,
  );
  return evidence.verdict === 'live' ? run : [];
}
