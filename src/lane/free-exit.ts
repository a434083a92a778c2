/**
 * Opens for everyone who comes to the gate, seen well or badly, alone or not; once, until they have left.
 *
 * No recognition, so no gallery, no clock on the wall and no model take part: none of them can keep a person inside. Only what moves opens: a poster
 * is never quite still to a detector, and yet moves by 3 % of its face at most, in ten minutes of noise; people in front of a camera
 * move by 6 % within 1.7 s (measured on 11 clips), people who come at once.
 */

import type { Granted } from '../access/decision.js';
import type { LaneRules } from '../access/lane-rules.js';
import type { TrackId } from '../base/ids.js';
import type { Monotonic } from '../base/units.js';
import { type Box, centreOf, overlap } from '../vision/geometry.js';
import type { FaceReport, FrameReport } from '../vision/ports/vision.js';
import { isFresh } from './decision/observe-face.js';
import type { LaneOutcome } from './lane-dependencies.js';

export interface FreeExit {
  /**
   * Call for every frame, also while free exit is off: a person who is there already has moved before.
   * @param isOpen whether a person may be let through now.
   * @returns what to open for; undefined when every person in view was let through.
   */
  see(frame: FrameReport, now: Monotonic, isOpen: boolean): Granted | undefined;
  /** The outcome of an opening: a person for whom the gate did not open is tried again while they stay. */
  settled(granted: Granted, outcome: { readonly outcome: LaneOutcome['outcome'] | 'no-access' }): void;
}

/** As much of its own size, by place or by size, is a movement. */
const MOVED = 0.06;
/** Boxes jitter: the mean of about this many ms is compared. */
const SMOOTHED_OVER = 200;
/** Frames from which the first place of a face is the mean. */
const FIRST_FRAMES = 5;
/** A face that begins where another was lost, within so many ms and with so much of both boxes in common, is the same face under a new track … */
const SAME_PLACE = { within: 1000, overlap: 0.5 };
/** … until it has moved by so many of its widths, or come nearer or gone back by so much: then it is another person. */
const SOMEBODY_ELSE = { away: 0.75, growth: 1.5 };
/** Bounds what a broken vision process can make us remember. */
const MAX_REMEMBERED = 64;

interface Place {
  readonly x: number;
  readonly y: number;
  /** Square root of the box's area. */
  readonly size: number;
}

interface Remembered {
  readonly frames: number;
  readonly first: Place;
  readonly place: Place;
  readonly box: Box;
  readonly seenAt: Monotonic;
  readonly hasMoved: boolean;
  /** 'own': let through. 'inherited': appeared where a person was let through. */
  readonly through?: 'own' | 'inherited';
  /** Nothing was opened: from then on it may be tried again. */
  readonly retryAt?: number;
}

export function createFreeExit(rules: Pick<LaneRules, 'maxFrameAge' | 'passage'>): FreeExit {
  const faces = new Map<TrackId, Remembered>();

  const follow = ({ track, box }: FaceReport, present: ReadonlySet<TrackId>, at: Monotonic): void => {
    const before = faces.get(track) ?? begun(box, at, isFollowedAnew(box, present, at));
    faces.set(track, continued(before, box, at));
    const [oldest] = faces.keys();
    if (faces.size > MAX_REMEMBERED && oldest !== undefined) faces.delete(oldest);
  };
  const isFollowedAnew = (box: Box, present: ReadonlySet<TrackId>, at: Monotonic): boolean =>
    [...faces].some(
      ([track, { through, seenAt, box: last }]) =>
        through !== undefined &&
        !present.has(track) &&
        at - seenAt <= SAME_PLACE.within &&
        overlap(last, box) >= SAME_PLACE.overlap,
    );
  const mayGo = (track: TrackId, now: Monotonic): boolean => {
    const face = faces.get(track);
    if (face === undefined || !face.hasMoved) return false;
    return face.through === undefined || (face.retryAt !== undefined && now >= face.retryAt);
  };

  return {
    see({ at, faces: seen }, now, isOpen) {
      if (!isFresh(at, now, rules)) return undefined;
      for (const [track, { seenAt }] of faces) if (at - seenAt > rules.passage) faces.delete(track);
      const present = new Set(seen.map(({ track }) => track));
      for (const face of seen) follow(face, present, at);
      const next = isOpen ? seen.find(({ track, atGate }) => atGate && mayGo(track, now)) : undefined;
      const face = next === undefined ? undefined : faces.get(next.track);
      if (next === undefined || face === undefined) return undefined;
      // Until it is known how it ends, it is tried again no sooner than a person could have passed.
      faces.set(next.track, { ...face, through: 'own', retryAt: now + rules.passage });
      return freeExit(next.track);
    },
    settled({ track }, { outcome }) {
      const face = track === undefined ? undefined : faces.get(track);
      if (track === undefined || face === undefined || (outcome !== 'opened' && outcome !== 'pulsed')) return;
      const { retryAt: _, ...through } = face;
      faces.set(track, through);
    },
  };
}

const placeOf = (box: Box): Place => ({ ...centreOf(box), size: Math.sqrt(box.width * box.height) });

const begun = (box: Box, at: Monotonic, isFollowedAnew: boolean): Remembered => ({
  frames: 0,
  first: placeOf(box),
  place: placeOf(box),
  box,
  seenAt: at,
  hasMoved: false,
  through: isFollowedAnew ? 'inherited' : undefined,
});

function continued(before: Remembered, box: Box, at: Monotonic): Remembered {
  const now = placeOf(box);
  const share = 1 - Math.exp(-Math.max(0, at - before.seenAt) / SMOOTHED_OVER);
  const place = between(before.place, now, before.frames === 0 ? 1 : share);
  const frames = before.frames + 1;
  const first = frames <= FIRST_FRAMES ? between(before.first, now, 1 / frames) : before.first;
  const away = Math.hypot(place.x - first.x, place.y - first.y) / first.size;
  const growth = Math.max(place.size / first.size, first.size / place.size);
  const { through, ...rest } = before;
  const isSomebodyElse =
    through === 'inherited' && (away >= SOMEBODY_ELSE.away || growth >= SOMEBODY_ELSE.growth);
  return {
    ...rest,
    frames,
    first,
    place,
    box,
    seenAt: at,
    hasMoved: before.hasMoved || away >= MOVED || growth >= 1 + MOVED,
    through: through === undefined || isSomebodyElse ? undefined : through,
  };
}

const between = (a: Place, b: Place, share: number): Place => ({
  x: a.x + (b.x - a.x) * share,
  y: a.y + (b.y - a.y) * share,
  size: a.size + (b.size - a.size) * share,
});

/** @param track absent: asked for with a badge. */
export const freeExit = (track?: TrackId): Granted => ({
  verdict: 'granted',
  reason: 'free-exit',
  mode: 'free-exit',
  frames: track === undefined ? 0 : 1,
  track,
});
