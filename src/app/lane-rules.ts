import { falseMatchRate, millis } from '../base/units.js';
import type { LaneConfig } from '../config/lane.js';
import type { LaneRules } from '../decision/rules.js';

/** Three looks at ten frames a second would do; half a second more spares somebody who is still walking up a refusal. */
const REFUSE_AFTER_MS = 1500;
/** To walk through and out of the picture, after the gate has closed. */
const WALK_MS = 2000;

/** What a lane's configuration means for its decisions. */
export function rulesOf({ identification, verification, liveness, ...lane }: LaneConfig): LaneRules {
  return {
    ...(identification === 'off'
      ? {}
      : {
          identification: {
            maxFpir: identification.max_fpir,
            minLead: identification.min_lead,
            framesNeeded: identification.frames,
            window: millis(identification.window_ms),
          },
        }),
    ...(verification === 'off'
      ? {}
      : {
          verification: {
            maxFmr: falseMatchRate(verification.max_fmr),
            framesNeeded: verification.frames,
            window: millis(verification.window_ms),
            badgeValid: millis(verification.badge_valid_ms),
          },
        }),
    liveness: {
      identification: liveness.mode,
      verification: liveness.verification ?? liveness.mode,
      challenge: liveness.challenge,
    },
    maxFrameAge: millis(lane.max_frame_age_ms),
    refuseAfter: millis(REFUSE_AFTER_MS),
    passage: millis(lane.pulse_ms + WALK_MS),
  };
}
