/** What does the liveness of a face change about the verdict on it? */
import type { WallTime } from '../base/units.js';
import type { LivenessVerdict } from '../vision/pad/pad-evidence.js';
import type { FaceMode, Mode } from './decision.js';
import type { PendingReason } from './decision-reasons.js';
import type { LaneRules, LivenessMode, LivenessRules } from './lane-rules.js';

/** What a picture of somebody looks like to a matcher that is not sure of it yet. */
const OVERRULED: readonly PendingReason[] = [
  'unknown',
  'ambiguous',
  'insufficient-evidence',
  'identity-conflict',
  'low-quality',
  'badge-face-mismatch',
];

/**
 * What the lane asks for in this mode at that time; where no face decides there is nothing to ask.
 * @param at where it is no time at all, the strictest of what is ever asked for.
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

/** What is asked for in this mode at one time or another. */
export const livenessEver = (
  { exceptions = [], ...usual }: LivenessRules,
  mode: FaceMode,
): readonly LivenessMode[] => [usual, ...exceptions].map((asked) => asked[mode]);

const STRICT_FIRST: readonly LivenessMode[] = ['require', 'record', 'off'];

const strictest = (modes: readonly LivenessMode[]): LivenessMode =>
  STRICT_FIRST.find((mode) => modes.includes(mode)) ?? 'off';

/**
 * Why nobody is let in for want of a living face; nothing when that is no reason.
 *
 * Asked as proof: whatever is not 'live' does not open. An attack is told also where the face is not recognised, because
 * that it was tried is what the operator wants to know.
 *
 * @param hold why nobody is let in anyway; absent when somebody would be.
 */
export function livenessObjection(
  mode: LivenessMode,
  liveness: LivenessVerdict,
  hold?: PendingReason,
): 'presentation-attack' | 'liveness-undecided' | undefined {
  if (mode !== 'require' || liveness === 'live') return undefined;
  if (liveness === 'attack')
    return hold === undefined || OVERRULED.includes(hold) ? 'presentation-attack' : undefined;
  return hold === undefined ? 'liveness-undecided' : undefined;
}
