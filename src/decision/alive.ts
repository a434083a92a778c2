/** What does the liveness of a face change about the verdict on it? */
import type { LivenessVerdict } from '../liveness/evidence.js';
import type { Mode } from './decision.js';
import type { HoldReason } from './reasons.js';
import type { LaneRules, LivenessMode } from './rules.js';

/** What a picture of somebody looks like to a matcher that is not sure of it yet. */
const OVERRULED: readonly HoldReason[] = [
  'unknown',
  'ambiguous',
  'gathering',
  'conflict',
  'poor-picture',
  'badge-face-mismatch',
];

/** What the lane asks for in this mode; where no face decides there is nothing to ask. */
export function livenessAsked({ liveness }: Pick<LaneRules, 'liveness'>, mode: Mode): LivenessMode {
  if (mode === 'identification' || mode === 'verification') return liveness?.[mode] ?? 'off';
  return 'off';
}

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
  hold?: HoldReason,
): 'presentation-attack' | 'liveness-undecided' | undefined {
  if (mode !== 'require' || liveness === 'live') return undefined;
  if (liveness === 'attack')
    return hold === undefined || OVERRULED.includes(hold) ? 'presentation-attack' : undefined;
  return hold === undefined ? 'liveness-undecided' : undefined;
}
