/**
 * Applies the liveness of a face (PAD) to the verdict on it, and selects the observations that prove a living face.
 *
 * Pure. Liveness and identity must come from the same frames, or a living face would vouch for a picture that is held before it: an
 * observation counts with the liveness of its own frame, and only together with others that complete the proof by themselves.
 */
import { monotonic, type WallTime } from '../base/units.js';
import {
  indicatesAttack,
  LIVENESS_INTERVAL,
  type LivenessVerdict,
  noEvidence,
  withScore,
} from '../vision/tracking/pad-evidence.js';
import type { FaceMode, Mode } from './decision.js';
import type { PendingReason } from './decision-reasons.js';
import type { LaneRules, LivenessMode, LivenessRules } from './lane-rules.js';
import type { FaceObservation, Subject } from './subject.js';

/** What a matcher that is not sure yet finds of a presented picture. */
const OVERRULED: readonly PendingReason[] = [
  'unknown',
  'ambiguous',
  'disputed',
  'insufficient-evidence',
  'identity-conflict',
  'low-quality',
  'face-covered',
  'badge-face-mismatch',
];

/**
 * The liveness mode of the lane for this way of being let in at that time; 'off' where no face decides.
 * @param at where it is no number, the strictest mode of any time counts.
 */
export function padRequired(
  { liveness }: Pick<LaneRules, 'liveness'>,
  mode: Mode,
  at: WallTime,
): LivenessMode {
  if (liveness === undefined || (mode !== 'identification' && mode !== 'verification')) return 'off';
  if (!Number.isFinite(at)) return strictest(livenessEver(liveness, mode));
  const exception = liveness.exceptions?.find(({ during }) => during(at));
  return (exception ?? liveness)[mode];
}

/** The liveness modes for this way of being let in at one time or another. */
export const livenessEver = (
  { exceptions = [], ...usual }: LivenessRules,
  mode: FaceMode,
): readonly LivenessMode[] => [usual, ...exceptions].map((asked) => asked[mode]);

const STRICT_FIRST: readonly LivenessMode[] = ['require', 'record', 'off'];

const strictest = (modes: readonly LivenessMode[]): LivenessMode =>
  STRICT_FIRST.find((mode) => modes.includes(mode)) ?? 'off';

/**
 * Why liveness refuses; nothing when it is no reason.
 *
 * Fail closed: only 'live' opens. An attack is reported also where the face is not recognised, because the operator must learn of
 * the attempt.
 *
 * @param pending why the gate stays shut anyway; absent when it would open.
 */
export function livenessObjection(
  mode: LivenessMode,
  liveness: LivenessVerdict,
  pending?: PendingReason,
): 'presentation-attack' | 'liveness-undecided' | undefined {
  if (mode !== 'require' || liveness === 'live') return undefined;
  if (liveness === 'attack')
    return pending === undefined || OVERRULED.includes(pending) ? 'presentation-attack' : undefined;
  return pending === undefined ? 'liveness-undecided' : undefined;
}

/** Observations further apart than this, in ms, do not follow each other: what was there in between is not known. */
export const MAX_GAP = 500;

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
