/** Decides whether a lane can and must check liveness. */

import type { FaceMode } from '../../access/decision.js';
import type { LaneRules, LivenessMode } from '../../access/lane-rules.js';
import { livenessEver } from '../../access/pad-policy.js';
import { TwinstileError } from '../../base/errors.js';
import type { ModelCard } from '../../biometrics/model-card.js';
import type { LaneConfig } from '../config/sections/lane-section.js';

/** Whether the vision process computes liveness. */
export function checksLiveness(rules: LaneRules, { liveness }: Pick<ModelCard, 'liveness'>): boolean {
  return liveness.length > 0 && modesOf(rules).some((mode) => mode !== 'off');
}

/**
 * Refuses to start a lane that would deny every person. A lane in which badge and face remain, without liveness, degrades to
 * that by itself and reports 'pad-model-missing'.
 * @param where 'lane "north"' or "--liveness".
 * @throws TwinstileError 'config-invalid'.
 */
export function expectLiveness(rules: LaneRules, card: ModelCard, where: string): void {
  const { verification, liveness } = rules;
  // With badges, verification is the last fallback; without them, identification is.
  const last = verification === undefined ? 'identification' : 'verification';
  const isRequired = liveness !== undefined && livenessEver(liveness, last).includes('require');
  if (card.liveness.length > 0 || !isRequired) return;
  throw new TwinstileError({
    code: 'config-invalid',
    message: `Expected a model pack with liveness models, because ${where} requires liveness; got "${card.name}", which has none.`,
    hint: 'Take a pack that has them (twinstile models pull mobile), or set liveness to "record" or "off".',
  });
}

/** Those of the given access rules that the lane uses at any time. */
const modesOf = ({ identification, verification, liveness }: LaneRules) =>
  liveness === undefined
    ? []
    : [
        ...(identification === undefined ? [] : livenessEver(liveness, 'identification')),
        ...(verification === undefined ? [] : livenessEver(liveness, 'verification')),
      ];

/** Whether this access rule requires liveness at all times; with a pack that has no liveness model it lets no person in. */
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

/** The safe default when the pack has a liveness model; with any other pack it would let no person in. */
export const defaultMode = ({ liveness }: Pick<ModelCard, 'liveness'>): LivenessMode =>
  liveness.length > 0 ? 'require' : 'record';
