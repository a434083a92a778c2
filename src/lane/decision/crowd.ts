/** Reports once that several people are at the gate, when they stay. */

import type { Mode, Refused } from '../../access/decision.js';
import { type Millis, type Monotonic, millis } from '../../base/units.js';
import type { FrameReport } from '../../vision/ports/vision.js';

/** A detector that briefly loses one of two faces does not make a new crowd. */
const GAP: Millis = millis(1000);

export interface CrowdTracker {
  see(frame: FrameReport, mode: Mode): readonly Refused[];
}

export function createCrowdTracker(refuseAfter: Millis): CrowdTracker {
  let crowd: { readonly since: Monotonic; last: Monotonic; told: boolean } | undefined;
  return {
    see({ gate, at }, mode) {
      if (gate.who !== 'several') return [];
      if (crowd === undefined || at - crowd.last > GAP) crowd = { since: at, last: at, told: false };
      crowd.last = at;
      if (crowd.told || at - crowd.since < refuseAfter) return [];
      crowd.told = true;
      return [{ verdict: 'refused', reason: 'several-at-gate', mode, frames: 0, frameAt: at }];
    },
  };
}
