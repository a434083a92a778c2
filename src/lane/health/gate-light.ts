/**
 * Watches whether there is light enough at the gate for every face.
 *
 * A face that is there and never has the light it needs is a fault of the light and not of the person: a lane reports it, with the value
 * that more light raises.
 */
import { BoundedMap } from '../../base/bounded-map.js';
import type { TrackId } from '../../base/ids.js';
import { type Monotonic, millis } from '../../base/units.js';
import type { FrameReport } from '../../vision/ports/vision.js';

export interface GateLight {
  /**
   * Of what is needed, of the face that had the least of those that were at the gate lately: 100 is just enough. In steps of 10, at most
   * 300, so that the state does not change with each face.
   */
  readonly percent: number;
  /** Whether one of them never had enough. */
  readonly isTooLow: boolean;
}

export interface GateLightWatch {
  see(frame: FrameReport): void;
  /** Absent when no face was at the gate within the last half hour. */
  at(now: Monotonic): GateLight | undefined;
}

/** A face that was there, by the best of its frames: a head that turns away from the lamp briefly is in no dark place. */
interface FaceInLight {
  readonly from: Monotonic;
  readonly to: Monotonic;
  readonly best: number;
}

/** As long as a fault of the light is reported after the last face that showed it: the next one may come much later. */
const KEPT = millis(30 * 60_000);
/** In ms: a person who is there for less only walked past. As for a refusal. */
const STOOD = 500;
/** Of the percentage. */
const STEP = 10;
const MOST = 300;
/** More faces add nothing, and the memory is bounded. */
const MAX_FACES = 64;

export function createGateLightWatch(): GateLightWatch {
  const faces = new BoundedMap<TrackId, FaceInLight>(MAX_FACES);
  return {
    see({ at, faces: seen }) {
      for (const { track, atGate, light } of seen) {
        // Asked so that a NaN, too, is left out.
        if (!atGate || light === undefined || !(light >= 0)) continue;
        const before = faces.get(track);
        faces.set(track, { from: before?.from ?? at, to: at, best: Math.max(before?.best ?? 0, light) });
      }
    },
    at(now) {
      for (const [track, { to }] of faces) if (now - to > KEPT) faces.delete(track);
      const stood = [...faces.values()].filter(({ from, to }) => to - from >= STOOD);
      if (stood.length === 0) return undefined;
      const least = Math.min(...stood.map(({ best }) => best));
      return { percent: Math.min(MOST, STEP * Math.floor((100 * least) / STEP)), isTooLow: least < 1 };
    },
  };
}
