/**
 * Who of those in view is who of the frame before?
 *
 * A decision gathers evidence over a track, so a track that goes over to another person would let him in on her face.
 * Where it cannot be told who is who, tracks end and new ones begin: that costs a few frames and nothing else.
 */
import type { TrackId } from '../base/ids.js';
import type { Monotonic } from '../base/units.js';
import type { Face } from '../detection/face.js';
import { overlap } from '../frame/geometry.js';
import { apart, begun, continued, expectedBox, isEstablished, type Track } from './track.js';

/** An established face may be missed for as long as this, in ms: a blink of the detector, not a walk around the block. */
export const LONGEST_MISS = 400;
/**
 * A centre further off its expected place is a jump, in face widths: the detector's jitter, and 3 widths a second by
 * which people begin to walk or turn, but never as far as the next head that can be seen beside this one.
 */
const FARTHEST = { jitter: 0.15, perMs: 0.003, most: 0.4 };
/** A face that grew or shrank by more than this is another's: the detector's jitter, and a run towards the camera. */
const GROWTH = { jitter: 1.15, perMs: 0.002, most: 1.4 };
/** How far two answers must be apart to be told from each other; a certain match costs 0, the worst 1.5. */
const CLEAR_LEAD = 0.35;
/** A new face this near, in face widths, to somebody just lost is where he jumped to, or who stands in his place. */
const REPLACED = 1.5;

export interface Following {
  readonly tracks: readonly Track[];
  /** Faces that were continued or began a track, with it. */
  readonly faces: readonly { readonly face: Face; readonly track: TrackId }[];
  readonly ended: readonly TrackId[];
}

export interface FollowRules {
  /** A surer face begins a track; one less sure only continues it. 0..1, inclusive. */
  readonly minScore: number;
  readonly newId: () => TrackId;
}

/**
 * @param tracks of the frame before. @param faces of this one. @param at when it was taken.
 * Faces that are not sure and continue nobody are left out.
 */
export function follow(
  tracks: readonly Track[],
  faces: readonly Face[],
  at: Monotonic,
  { minScore, newId }: FollowRules,
): Following {
  // After a long pause, or when time was set back, anybody may stand there.
  const alive = tracks.filter(({ seenAt }) => at >= seenAt && at - seenAt <= LONGEST_MISS);
  const { pairs, doubtful } = assign(alive, faces, at);

  const kept = [...pairs].map(([face, track]) => continued(track, face, at));
  const fresh = faces
    .filter((face) => !pairs.has(face) && face.score >= minScore)
    .map((face) => begun(newId(), face, at));
  const continuedIds = new Set(kept.map(({ id }) => id));
  const missed = alive.filter(
    (track) =>
      !continuedIds.has(track.id) &&
      isEstablished(track) &&
      !doubtful.has(track) &&
      !fresh.some(({ face }) => apart(expectedBox(track, at), face.box) <= REPLACED),
  );
  const now = [...kept, ...fresh, ...missed];
  const ids = new Set(now.map(({ id }) => id));
  return {
    tracks: now,
    faces: [...kept, ...fresh].map(({ id, face }) => ({ face, track: id })),
    ended: tracks.filter(({ id }) => !ids.has(id)).map(({ id }) => id),
  };
}

/** Greedy, nearest first; whoever could as well be somebody else is in doubt and is not assigned. */
function assign(
  tracks: readonly Track[],
  faces: readonly Face[],
  at: Monotonic,
): { readonly pairs: ReadonlyMap<Face, Track>; readonly doubtful: ReadonlySet<Track> } {
  const options = tracks
    .flatMap((track) => faces.map((face) => ({ track, face, cost: costOf(track, face, at) })))
    .filter(({ cost }) => Number.isFinite(cost))
    .sort((a, b) => a.cost - b.cost);
  const pairs = new Map<Face, Track>();
  const taken = new Set<Track>();
  const doubtful = new Set<Track>();
  for (const { track, face, cost } of options) {
    if (taken.has(track) || pairs.has(face) || doubtful.has(track)) continue;
    const rivals = options.filter(
      (other) =>
        other.cost - cost < CLEAR_LEAD &&
        (other.track === track) !== (other.face === face) &&
        !taken.has(other.track) &&
        !pairs.has(other.face),
    );
    if (rivals.length === 0) {
      pairs.set(face, track);
      taken.add(track);
      continue;
    }
    doubtful.add(track);
    for (const rival of rivals) if (rival.face === face) doubtful.add(rival.track);
  }
  return { pairs, doubtful };
}

/** 0 for the expected place and size, at most about 1.5; Infinity when it cannot be the same face. */
function costOf(track: Track, face: Face, at: Monotonic): number {
  const expected = expectedBox(track, at);
  const growth = Math.sqrt((face.box.width * face.box.height) / (expected.width * expected.height));
  const away = apart(expected, face.box);
  const span = at - track.seenAt;
  const mostGrowth = Math.min(GROWTH.most, GROWTH.jitter + GROWTH.perMs * span);
  const farthest = Math.min(FARTHEST.most, FARTHEST.jitter + FARTHEST.perMs * span);
  const possible = growth <= mostGrowth && growth >= 1 / mostGrowth && away <= farthest;
  return possible ? 1 - overlap(expected, face.box) + away : Number.POSITIVE_INFINITY;
}
