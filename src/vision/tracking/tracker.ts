/**
 * Associates the faces of a frame with the tracks of the frame before.
 *
 * A decision gathers evidence over a track, so a track that goes over to another person would let that person in on the first one's face.
 * Where the association is ambiguous, tracks end and new ones begin: that costs a few frames and nothing else.
 */
import type { TrackId } from '../../base/ids.js';
import type { Monotonic } from '../../base/units.js';
import type { Face } from '../detection/face.js';
import { type Box, overlap } from '../geometry.js';
import {
  beginTrack,
  centreDistance,
  continueTrack,
  expectedBox,
  isEstablished,
  type Track,
} from './track.js';

/**
 * No frame for longer than this, in ms, and any person may be there. A face that was lost is kept as present for as long,
 * so that no person vanishes for the one frame that opens the gate; its track is not continued.
 */
export const MAX_MISS = 400;
/**
 * A centre further off its expected place is a jump, in face widths: the detector's jitter, and 3 widths a second by
 * which people begin to walk or turn, but never as far as the next head that can be seen next to this one.
 */
const FARTHEST = { jitter: 0.15, perMs: 0.003, most: 0.4 };
/**
 * After a longer pause than this, in ms, a face is continued only this near to its expected place, in face widths: a head that
 * no frame showed may have come from its side by then, and hide it. A face at a gate is nearer by far: of 13 clips, no track is lost.
 */
const AFTER_PAUSE = { longerThan: 70, most: 0.2 };
/**
 * A face that grew or shrank by more than this is another's: the detector's jitter, and steps towards the camera. Of two
 * heads that meet in the picture one is nearer, and its face is larger by 1.3 or so. Measured on the clips of 13 cameras,
 * 99 % of all steps are below 1.14 at 30 frames a second, and below 1.18 at 10.
 */
const GROWTH = { jitter: 1.14, perMs: 0.0005, most: 1.18 };
/** How far two costs must be apart for a clear choice; a certain match costs 0, the worst 1.5. */
const CLEAR_LEAD = 0.35;
/** A new face this near, in face widths, to one just lost is where it jumped to, or another in its place. */
const REPLACED = 1.5;

export interface TrackedFaces {
  readonly tracks: readonly Track[];
  /** Faces that were continued or began a track, with it. */
  readonly faces: readonly { readonly face: Face; readonly track: TrackId }[];
  readonly ended: readonly TrackId[];
}

export interface TrackingRules {
  /** A surer face begins a track; one less sure only continues it. 0..1, inclusive. */
  readonly minScore: number;
  readonly newId: () => TrackId;
}

/**
 * @param tracks of the frame before. @param faces of this one. @param at when it was taken.
 * Faces that are not sure and continue no track are left out.
 */
export function updateTracks(
  tracks: readonly Track[],
  faces: readonly Face[],
  at: Monotonic,
  { minScore, newId }: TrackingRules,
): TrackedFaces {
  // After a long pause, or when time was set back, any person may be there.
  const alive = tracks
    .filter(({ seenAt }) => at >= seenAt && at - seenAt <= MAX_MISS)
    .map((track) => ({ track, expected: expectedBox(track, at) }));
  const { pairs, doubtful } = assign(alive, faces, at);

  const kept = [...pairs].map(([face, track]) => continueTrack(track, face, at));
  const continuedIds = new Set(kept.map(({ id }) => id));
  const gone = alive.filter(({ track }) => !continuedIds.has(track.id) && isEstablished(track));
  const replaces = (face: Face) =>
    gone.some(({ expected }) => centreDistance(expected, face.box) <= REPLACED);
  const fresh = faces
    .filter((face) => !pairs.has(face) && face.score >= minScore)
    .map((face) => beginTrack(newId(), face, at, replaces(face)));
  const lost = gone
    .filter(({ track }) => !doubtful.has(track))
    .filter(({ expected }) => !fresh.some(({ face }) => centreDistance(expected, face.box) <= REPLACED))
    .map(({ track }) => ({ ...track, lost: true }));
  const now = [...kept, ...fresh, ...lost];
  const ids = new Set(now.map(({ id }) => id));
  return {
    tracks: now,
    faces: [...kept, ...fresh].map(({ id, face }) => ({ face, track: id })),
    ended: tracks.filter(({ id }) => !ids.has(id)).map(({ id }) => id),
  };
}

/** A track, and where its face should be now. */
interface Expected {
  readonly track: Track;
  readonly expected: Box;
}

interface Option {
  readonly track: Track;
  readonly face: Face;
  /** Infinity when it is not expected to be the same face. */
  readonly cost: number;
  /** The track's face can have come there, expected or not. */
  readonly reachable: boolean;
}

/**
 * Greedy, nearest first; a face that could as well be another's is in doubt and is not assigned.
 *
 * Nor is a face assigned that may have changed places with another in view: after a pause two heads of one size that are
 * where they were have perhaps done so.
 *
 * A face that was lost keeps the place that it may have come to: whom it fits best, or as well, continues no other track.
 * Nor does it continue its own: out of sight it may have changed places with a face that no frame has shown.
 */
function assign(
  alive: readonly Expected[],
  faces: readonly Face[],
  at: Monotonic,
): { readonly pairs: ReadonlyMap<Face, Track>; readonly doubtful: ReadonlySet<Track> } {
  const options = optionsOf(alive, faces, at);
  const pairs = new Map<Face, Track>();
  const takenFaces = new Set<Face>();
  const taken = new Set<Track>();
  const doubtful = new Set<Track>();
  for (const { track, face, cost } of options) {
    if (cost === Number.POSITIVE_INFINITY) break;
    if (taken.has(track) || takenFaces.has(face) || doubtful.has(track)) continue;
    const isRival = (other: Option) =>
      other.reachable ||
      (other.cost - cost < CLEAR_LEAD && !taken.has(other.track) && !takenFaces.has(other.face));
    const rivals = options.filter(
      (other) => (other.track === track) !== (other.face === face) && isRival(other),
    );
    if (rivals.length === 0) {
      taken.add(track);
      takenFaces.add(face);
      if (!track.lost) pairs.set(face, track);
      continue;
    }
    doubtful.add(track);
    for (const rival of rivals) if (rival.face === face) doubtful.add(rival.track);
  }
  return { pairs, doubtful };
}

/** Every face that may be one of the tracks, nearest first; those last that are not expected to be. */
function optionsOf(alive: readonly Expected[], faces: readonly Face[], at: Monotonic): readonly Option[] {
  const options: Option[] = [];
  for (const one of alive)
    for (const face of faces) {
      const cost = costOf(one, face, at);
      const reachable = isReachable(one.track, face, at);
      if (reachable || cost < Number.POSITIVE_INFINITY)
        options.push({ track: one.track, face, cost, reachable });
    }
  return options.sort((a, b) => a.cost - b.cost);
}

/** 0 for the expected place and size, at most about 1.5 unless it was lost; Infinity when it cannot be the same face. */
function costOf({ track, expected }: Expected, face: Face, at: Monotonic): number {
  const span = at - track.seenAt;
  const away = centreDistance(expected, face.box);
  // A face out of sight may have walked on, stopped or turned back.
  const most = track.lost ? Number.POSITIVE_INFINITY : mostAfter(span);
  if (!(away <= Math.min(most, rangeAfter(span)))) return Number.POSITIVE_INFINITY;
  return hasGrown(expected, face.box, span)
    ? Number.POSITIVE_INFINITY
    : 1 - overlap(expected, face.box) + away;
}

const mostAfter = (span: number): number =>
  span > AFTER_PAUSE.longerThan ? AFTER_PAUSE.most : FARTHEST.most;

/** How far a head comes, in face widths. */
const rangeAfter = (span: number): number => FARTHEST.jitter + FARTHEST.perMs * span;

/** Whether the track's face can have come there from where it was last seen, in whatever direction. */
function isReachable({ face: { box }, seenAt }: Track, face: Face, at: Monotonic): boolean {
  const span = at - seenAt;
  return centreDistance(box, face.box) <= rangeAfter(span) && !hasGrown(box, face.box, span);
}

/** By more than one face does, or shrunk. */
function hasGrown(before: Box, now: Box, span: number): boolean {
  const growth = Math.sqrt((now.width * now.height) / (before.width * before.height));
  const most = Math.min(GROWTH.most, GROWTH.jitter + GROWTH.perMs * span);
  return !(growth <= most && growth >= 1 / most);
}
