/** Follows one person in view from frame to frame. */
import { type TrackId, trackId } from '../../base/ids.js';
import type { Monotonic } from '../../base/units.js';
import type { Face } from '../detection/face.js';
import { type Box, centreOf, distanceBetween, type Point } from '../geometry.js';

export interface Track {
  readonly id: TrackId;
  /** As last seen. */
  readonly face: Face;
  readonly seenAt: Monotonic;
  /** In how many frames. */
  readonly detections: number;
  /** Began where an established face was lost: most likely the same person, whose presence counts on at once. */
  readonly replaces: boolean;
  /** Not seen in the newest frame: a face that appears there is not known to be the same person's. */
  readonly lost: boolean;
  /** Of the face's centre, in pixels of the frame per ms. */
  readonly velocity: Point;
}

/** A detector mistakes a hand for a face now and then, but hardly in three frames in a row. */
const ESTABLISHED = 3;

export const isEstablished = ({ detections: sightings, replaces }: Track): boolean =>
  replaces || sightings >= ESTABLISHED;

/** Half of the newest step, half of what was before: landmarks jitter, people do not. */
const SMOOTHING = 0.5;

export const beginTrack = (id: TrackId, face: Face, at: Monotonic, replaces: boolean): Track => ({
  id,
  face,
  seenAt: at,
  detections: 1,
  replaces,
  lost: false,
  velocity: { x: 0, y: 0 },
});

/** @param at not before the track was last seen. */
export function continueTrack(track: Track, face: Face, at: Monotonic): Track {
  const span = Math.max(1, at - track.seenAt);
  const [from, to] = [centreOf(track.face.box), centreOf(face.box)];
  const step = (before: number, now: number, then: number) =>
    SMOOTHING * before + (1 - SMOOTHING) * ((now - then) / span);
  return {
    id: track.id,
    face,
    seenAt: at,
    detections: track.detections + 1,
    replaces: track.replaces,
    lost: false,
    velocity: { x: step(track.velocity.x, to.x, from.x), y: step(track.velocity.y, to.y, from.y) },
  };
}

/** Where the face should be now, if it went on as before. */
export function expectedBox({ face: { box }, seenAt, velocity }: Track, at: Monotonic): Box {
  const span = at - seenAt;
  return { ...box, x: box.x + velocity.x * span, y: box.y + velocity.y * span };
}

/** Distance of the centres in widths of the wider box, 0 or more. */
export const centreDistance = (a: Box, b: Box): number =>
  distanceBetween(centreOf(a), centreOf(b)) / Math.max(a.width, b.width);

/** Ids of one vision process: "3f2a-0", "3f2a-1" … @param epoch hexadecimal, random for each process. */
export function countTracks(epoch: string): () => TrackId {
  let count = 0;
  return () => {
    const id = trackId(`${epoch}-${count}`);
    count += 1;
    return id;
  };
}
