/**
 * Detects that another face is in a track, or in the place of one that was lost.
 *
 * A track keeps to a place, so a picture that is held before a face takes over its track, and with it everything that was
 * found out about the face. No two people change places from one frame to the next; a picture does.
 */
import type { TrackId } from '../../base/ids.js';
import type { Monotonic } from '../../base/units.js';
import { distanceOf } from '../../biometrics/distance.js';
import { floorOf, fmrOf } from '../../biometrics/fmr.js';
import type { Box } from '../geometry.js';
import { centreDistance } from '../tracking/track.js';
import { MAX_MISS, type TrackedFaces } from '../tracking/tracker.js';
import { type Appearance, likeness } from './assess-quality.js';
import { type Chip, encodeChips } from './encode-faces.js';
import type { Models } from './load-models.js';

/** A face at the gate in one frame. */
export interface SeenFace {
  readonly track: TrackId;
  readonly box: Box;
  readonly appearance: Appearance;
  readonly chip: Chip;
}

/** As it was last seen, with what was encoded of it. */
interface LastSeen extends SeenFace {
  readonly at: Monotonic;
  /** Of this very frame. */
  readonly vector?: Float32Array;
  /** The newest vector of the track, and when it was taken. */
  readonly encoding?: { readonly vector: Float32Array; readonly at: Monotonic };
}

export type LastSeenFaces = ReadonlyMap<TrackId, LastSeen>;

export interface FaceChanges {
  readonly vectors: ReadonlyMap<TrackId, Float32Array>;
  /** Tracks in which another face is now. */
  readonly replaced: ReadonlySet<TrackId>;
  /** Faces as they were last seen that need not be compared again. */
  readonly settled: ReadonlySet<TrackId>;
  /** Lost tracks in whose place each track goes on with the same face, as when something moves too fast to be followed. */
  readonly continues: ReadonlyMap<TrackId, readonly TrackId[]>;
}

/** Below it two frames are compared by the encoder. One face: 0.88 and more in 99 of 100 steps of 33 ms. */
const MIN_LIKENESS = 0.85;
/** Where no table gives the meaning of a distance. One face: 0.64 and more over 133 ms. */
const MIN_LIKENESS_WITHOUT_TABLE = 0.6;
/**
 * Impostors are as near as this once in a thousand times: two vectors of one face are nearer. Measured on 1,237 steps, also of faces
 * turned away: FMR 1e-6 at most over 33 ms, 2e-5 over 133 ms, 6e-4 over 400 ms; from a face to a picture before it 5e-3 and more.
 */
const ONE_FACE = 1e-3;
/** A look longer ago than this, in ms, shows no change from one frame to the next. */
const APPEARANCE_AGE = 500;
/** A new face this near, in face widths, to one that was just lost is in its place. As in tracking/tracker.ts. */
const IN_ITS_PLACE = 1.5;
/** One that was there already and is this near to where another was lost covers it, as a picture does that is moved before a face. */
const BEFORE_IT = 0.75;

/** The faces of one frame. */
export interface FrameFaces {
  readonly faces: readonly (SeenFace & { readonly atGate: boolean })[];
  /** Tracks whose faces are to be encoded. */
  readonly chosen: readonly TrackId[];
  readonly following: Pick<TrackedFaces, 'tracks'>;
  readonly at: Monotonic;
}

/**
 * Encodes the chosen faces, and finds those in whose track another face is now.
 * @param before as the faces were last seen, those of tracks that have ended since included.
 * @throws TwinstileError 'model-failed'.
 */
export async function detectFaceChanges(
  { faces, chosen, following, at }: FrameFaces,
  before: LastSeenFaces,
  models: Models,
): Promise<FaceChanges> {
  const begun = new Set(
    following.tracks.filter(({ detections: sightings }) => sightings === 1).map(({ id }) => id),
  );
  const atGate = faces.filter((one) => one.atGate);
  const { changed, vectors, resolved, continues } = await changedFaces(
    { faces: atGate, begun, at },
    before,
    models,
  );
  const toEncode = faces.filter(({ track }) => chosen.includes(track) && !vectors.has(track));
  const encoded = await encodeChips(
    toEncode.map(({ chip }) => chip),
    models,
  );
  const all = new Map(vectors);
  for (const [index, { track }] of toEncode.entries()) {
    const vector = encoded[index];
    if (vector !== undefined) all.set(track, vector);
  }
  const others = [...all].filter(([track, vector]) => isAnotherFace(before.get(track), vector, at, models));
  const replaced = new Set([...changed, ...others.map(([track]) => track)]);
  return { vectors: all, replaced, settled: new Set([...replaced, ...resolved]), continues };
}

interface FacesAtGate {
  readonly faces: readonly SeenFace[];
  /** Tracks that began with this frame. */
  readonly begun: ReadonlySet<TrackId>;
  readonly at: Monotonic;
}

/**
 * @returns tracks that show another face than one that was there, the vectors that were made to find that out, the lost faces
 * that were compared, and which of them each track shows again.
 */
async function changedFaces({ faces, begun, at }: FacesAtGate, before: LastSeenFaces, models: Models) {
  const changed = new Set<TrackId>();
  const resolved = new Set<TrackId>();
  const vectors = new Map<TrackId, Float32Array>();
  const continues = new Map<TrackId, readonly TrackId[]>();
  const lost = [...before.values()].filter(
    (last) => !faces.some(({ track }) => track === last.track) && at - last.at <= MAX_MISS,
  );
  for (const face of faces) {
    const near = begun.has(face.track) ? IN_ITS_PLACE : BEFORE_IT;
    // All of them: a picture that is moved there is lost and found again itself, and hides a living face as well.
    const gone = lost.filter(({ box }) => centreDistance(box, face.box) <= near);
    const own = before.get(face.track);
    if (own !== undefined && !(await isStill(own, face, vectors, models))) changed.add(face.track);
    const same: TrackId[] = [];
    for (const last of gone) {
      resolved.add(last.track);
      if (await isStill(last, face, vectors, models)) same.push(last.track);
      else changed.add(face.track);
    }
    if (same.length > 0) continues.set(face.track, same);
  }
  return { changed, vectors, resolved, continues };
}

/** Whether two frames show one face. @param vectors of this frame: added to. */
async function isStill(
  last: LastSeen,
  { track, appearance, chip }: SeenFace,
  vectors: Map<TrackId, Float32Array>,
  models: Models,
): Promise<boolean> {
  const alike = likeness(last.appearance, appearance);
  if (alike >= MIN_LIKENESS) return true;
  if (models.card.calibration === undefined) return alike >= MIN_LIKENESS_WITHOUT_TABLE;
  const known = vectors.get(track);
  const chips = [...(known === undefined ? [chip] : []), ...(last.vector === undefined ? [last.chip] : [])];
  const encoded = [...(await encodeChips(chips, models))];
  const now = known ?? encoded.shift();
  const then = last.vector ?? encoded.shift();
  if (now === undefined || then === undefined) return false;
  vectors.set(track, now);
  return isOneFace(then, now, models);
}

/** Whether a look that was just encoded shows another face than the look before it. */
function isAnotherFace(
  last: LastSeen | undefined,
  vector: Float32Array,
  at: Monotonic,
  models: Models,
): boolean {
  const look = last?.encoding;
  return look !== undefined && at - look.at <= APPEARANCE_AGE && !isOneFace(look.vector, vector, models);
}

/** Without a table nothing is known of distances, and no one is let in. */
function isOneFace(a: Float32Array, b: Float32Array, { card }: Models): boolean {
  const { calibration, encoder } = card;
  if (calibration === undefined) return true;
  // A table of few pairs promises no rate as small as that, not even of the same picture.
  const bound = Math.max(ONE_FACE, floorOf(calibration));
  return fmrOf(calibration, distanceOf[encoder.metric](a, b)) <= bound;
}

/** The faces at the gate in one frame, under the tracks by which they go on, with their vectors by the same. */
export interface FacesNow {
  readonly faces: readonly SeenFace[];
  readonly vectors: ReadonlyMap<TrackId, Float32Array>;
  readonly at: Monotonic;
}

/** @param settled left out of `before`. */
export function lastSeenAfter(
  before: LastSeenFaces,
  settled: ReadonlySet<TrackId>,
  { faces, vectors, at }: FacesNow,
): LastSeenFaces {
  const after = new Map(
    [...before].filter(([track, last]) => at - last.at <= MAX_MISS && !settled.has(track)),
  );
  for (const face of faces) {
    const vector = vectors.get(face.track);
    const look = vector === undefined ? before.get(face.track)?.encoding : { vector, at };
    after.set(face.track, { ...face, at, vector, encoding: look });
  }
  return after;
}
