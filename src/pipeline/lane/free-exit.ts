/** Everybody may go out: whoever stands at the gate is let through, seen well or badly, alone or not. */
import type { TrackId } from '../../base/ids.js';
import type { Monotonic } from '../../base/units.js';
import type { Granted } from '../../decision/decision.js';
import type { LaneRules } from '../../decision/rules.js';
import type { FrameReport } from '../../ports/vision.js';
import { isFresh } from './judge/look.js';

export interface FreeExit {
  /** @returns what to open for, once for each who comes; nothing when nobody new is there. */
  see(frame: FrameReport, now: Monotonic): Granted | undefined;
}

/** No recognition, so no gallery, no clock on the wall and no model take part: none of them can keep anybody in. */
export function createFreeExit(rules: Pick<LaneRules, 'maxFrameAge' | 'passage'>): FreeExit {
  const freed = new Map<TrackId, Monotonic>();
  return {
    see({ at, faces }, now) {
      for (const [track, since] of freed) if (now - since > rules.passage) freed.delete(track);
      if (!isFresh(at, now, rules)) return undefined;
      const next = faces.find(({ track, atGate }) => atGate && !freed.has(track));
      if (next === undefined) return undefined;
      freed.set(next.track, now);
      return freeExit(next.track);
    },
  };
}

/** @param track absent: asked for with a badge. */
export const freeExit = (track?: TrackId): Granted => ({
  verdict: 'granted',
  reason: 'free-exit',
  mode: 'free-exit',
  frames: track === undefined ? 0 : 1,
  ...(track === undefined ? {} : { track }),
});
