/** Applies the liveness of a face (PAD) to the verdict on it. */
import type { WallTime } from '../base/units.js';
import type { LivenessVerdict } from '../vision/pad/pad-evidence.js';
import type { FaceMode, Mode } from './decision.js';
import type { PendingReason } from './decision-reasons.js';
import type { LaneRules, LivenessMode, LivenessRules } from './lane-rules.js';

/** What a matcher that is not sure yet finds of a presented picture. */
const OVERRULED: readonly PendingReason[] = [
  'unknown',
  'ambiguous',
  'insufficient-evidence',
  'identity-conflict',
  'low-quality',
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
