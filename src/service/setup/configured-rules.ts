import type { LaneRules, LivenessMode, LivenessModes } from '../../access/lane-rules.js';
import type { OpenAt } from '../../access/policy/schedule.js';
import { TwinstileError } from '../../base/errors.js';
import { falseMatchRate, millis } from '../../base/units.js';
import type { ModelCard } from '../../biometrics/model-card.js';
import type { LaneConfig } from '../config/sections/lane-section.js';
import { defaultMode } from './lane-liveness.js';

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
