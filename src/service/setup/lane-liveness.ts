/** Can a lane tell a living face from a picture, and must it? */

import type { FaceMode } from '../../access/decision.js';
import type { LaneRules, LivenessMode } from '../../access/lane-rules.js';
import { livenessEver } from '../../access/pad-policy.js';
import { TwinstileError } from '../../base/errors.js';
import type { ModelCard } from '../../biometrics/model-card.js';
import type { LaneConfig } from '../config/sections/lane-section.js';

/** Whether the vision process is to judge faces. */
export function checksLiveness(rules: LaneRules, { liveness }: Pick<ModelCard, 'liveness'>): boolean {
  return liveness.length > 0 && modesOf(rules).some((mode) => mode !== 'off');
}

/**
 * A lane that would turn everybody away does not start. One in which a badge and a face are left, without liveness, steps
 * down to that by itself and says 'pad-model-missing'.
 * @param where 'lane "north"' or "--liveness".
 * @throws TwinstileError 'config-invalid'.
 */
export function expectLiveness(rules: LaneRules, card: ModelCard, where: string): void {
  const { verification, liveness } = rules;
  // Where a badge is held up, its rule is the last to step down to; without one, that of the face alone is.
  const last = verification === undefined ? 'identification' : 'verification';
  const isRequired = liveness !== undefined && livenessEver(liveness, last).includes('require');
  if (card.liveness.length > 0 || !isRequired) return;
  throw new TwinstileError({
    code: 'config-invalid',
    message: `Expected a model pack with liveness models, because ${where} requires liveness; got "${card.name}", which has none.`,
    hint: 'Take a pack that has them (twinstile models pull mobile), or set liveness to "record" or "off".',
  });
}

/** Of those ways to be let in that the lane has, at any time. */
const modesOf = ({ identification, verification, liveness }: LaneRules) =>
  liveness === undefined
    ? []
    : [
        ...(identification === undefined ? [] : livenessEver(liveness, 'identification')),
        ...(verification === undefined ? [] : livenessEver(liveness, 'verification')),
      ];

/** Whether a living face is asked for at all times of this way to be let in; with a pack that cannot tell, nobody is let in so. */
export function mustRequire(
  { liveness }: Pick<LaneConfig, 'liveness'>,
  card: Pick<ModelCard, 'liveness'>,
  mode: FaceMode,
): boolean {
  const usual = { ...liveness, mode: liveness.mode ?? defaultMode(card) };
  const asked = [usual, ...liveness.by_schedule].map(
    ({ mode: face, verification = face }) => ({ identification: face, verification })[mode],
  );
  return asked.every((one) => one === 'require');
}

/** What is safe where the pack can tell; a pack that cannot would let nobody in. */
export const defaultMode = ({ liveness }: Pick<ModelCard, 'liveness'>): LivenessMode =>
  liveness.length > 0 ? 'require' : 'record';
