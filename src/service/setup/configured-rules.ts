/** Derives a lane's rules from its configuration, and decides whether the lane can and must check liveness. */
import type { FaceMode } from '../../access/decision.js';
import type { LaneRules, LivenessMode, LivenessModes } from '../../access/lane-rules.js';
import { livenessEver } from '../../access/pad-policy.js';
import type { OpenAt } from '../../access/policy/schedule.js';
import { TwinstileError } from '../../base/errors.js';
import { falseMatchRate, millis } from '../../base/units.js';
import type { ModelCard } from '../../biometrics/model-card.js';
import type { LaneConfig } from '../config/sections/lane-section.js';

/** Time for a person to walk through and out of the picture after the gate has closed. */
const WALK_MS = 2000;

/**
 * Derives the lane's decision rules from its configuration.
 * @param card of the pack in use: its capabilities set the defaults of keys that the configuration leaves out.
 * @param schedules of `access`, by name.
 * @throws TwinstileError 'config-invalid' for a schedule that is not among them.
 */
export function rulesOf(
  { identification, verification, liveness, ...lane }: LaneConfig,
  card: Pick<ModelCard, 'liveness'>,
  schedules: ReadonlyMap<string, OpenAt> = new Map(),
): LaneRules {
  return {
    identification:
      identification === 'off'
        ? undefined
        : {
            maxFpir: identification.max_fpir,
            minMarginRatio: identification.min_margin_ratio,
            framesNeeded: identification.frames,
            window: millis(identification.window_ms),
          },
    verification:
      verification === 'off'
        ? undefined
        : {
            maxFmr: falseMatchRate(verification.max_fmr),
            framesNeeded: verification.frames,
            window: millis(verification.window_ms),
            badgeValid: millis(verification.badge_valid_ms),
          },
    liveness: {
      ...modesOf({ ...liveness, mode: liveness.mode ?? defaultMode(card) }),
      exceptions:
        liveness.by_schedule.length === 0
          ? undefined
          : liveness.by_schedule.map((exception) => ({
              during: openingOf(exception.schedule, schedules),
              ...modesOf(exception),
            })),
      challenge: liveness.challenge,
    },
    maxFrameAge: millis(lane.max_frame_age_ms),
    refuseAfter: millis(lane.refuse_after_ms),
    passage: millis(lane.pulse_ms + WALK_MS),
  };
}

const modesOf = ({
  mode,
  verification = mode,
}: {
  readonly mode: LivenessMode;
  readonly verification?: LivenessMode;
}): LivenessModes => ({ identification: mode, verification });

function openingOf(name: string, schedules: ReadonlyMap<string, OpenAt>): OpenAt {
  const open = schedules.get(name);
  if (open !== undefined) return open;
  throw new TwinstileError({
    code: 'config-invalid',
    message: `Expected a schedule of access in liveness.by_schedule, got ${JSON.stringify(name)}.`,
    hint: 'Describe it in access.schedules, or correct its name.',
  });
}

/** Whether the vision process computes liveness. */
export function checksLiveness(rules: LaneRules, { liveness }: Pick<ModelCard, 'liveness'>): boolean {
  return liveness.length > 0 && livenessModes(rules).some((mode) => mode !== 'off');
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
const livenessModes = ({ identification, verification, liveness }: LaneRules) =>
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
const defaultMode = ({ liveness }: Pick<ModelCard, 'liveness'>): LivenessMode =>
  liveness.length > 0 ? 'require' : 'record';
