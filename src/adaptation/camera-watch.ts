/**
 * Watches whether a lane's camera is still the one that its templates were captured by.
 *
 * A track's vectors are summed while it is in view and dropped when it ends; what remains is in memory alone, for hours.
 */
import { explain } from '../base/errors.js';
import type { PersonId, TrackId } from '../base/ids.js';
import type { Monotonic } from '../base/units.js';
import type { CaptureCondition } from '../biometrics/conditions/capture-condition.js';
import { lengthOf } from '../biometrics/conditions/condition-centre.js';
import type { GalleryThrough } from '../lane/gallery-through.js';
import type { FaceReport, FrameReport } from '../vision/ports/vision.js';
import { CameraDrift, type DriftState } from './camera-drift.js';

export interface CameraWatch {
  see(frame: FrameReport): void;
  /** The person of this track was admitted by face. */
  granted(track: TrackId, person: PersonId): void;
}

interface CameraWatchDependencies {
  readonly gallery: () => Pick<GalleryThrough, 'comparison' | 'snapshot' | 'search'>;
  /** Of the camera in colour: passages in infrared light do not count. */
  readonly condition: CaptureCondition;
  /** What was known before a restart. */
  readonly begun?: DriftState | undefined;
  readonly onChange: (isMoved: boolean) => void;
  /** After each passage that was compared with the person's templates. */
  readonly onState?: (state: DriftState) => void;
  /** A person was let in by face. @param vector the newest of the track, as the encoder gives it. */
  readonly onPassage?: (person: PersonId, vector: Float32Array) => Promise<void>;
  readonly onFault?: (detail: string) => void;
}

/** Of one track that is in view. */
interface TrackSum {
  /** Trunk vectors; the newest is what the person is searched by where the track was not admitted. */
  readonly vectors: Float32Array[];
  readonly at: Monotonic;
  person?: PersonId;
}

const MOST_VECTORS = 6;
/** Bounds the memory that a broken vision process can take. */
const MOST_TRACKS = 64;

export function createCameraWatch(dependencies: CameraWatchDependencies): CameraWatch {
  const { onChange, onFault, onState, onPassage, begun } = dependencies;
  const drift = new CameraDrift(begun);
  const tracks = new Map<TrackId, TrackSum>();
  let wasMoved = drift.isMoved;
  let working: Promise<void> = Promise.resolve();
  const end = (track: TrackId): void => {
    const sum = tracks.get(track);
    tracks.delete(track);
    if (sum === undefined) return;
    working = working
      .then(() => take(sum, drift, dependencies))
      .then(async () => {
        onState?.(drift.state);
        if (drift.isMoved !== wasMoved) onChange(drift.isMoved);
        wasMoved = drift.isMoved;
        const last = sum.vectors.at(-1);
        if (sum.person !== undefined && last !== undefined) await onPassage?.(sum.person, last);
      })
      // The lane goes on: no grant depends on this.
      .catch((error: unknown) => onFault?.(explain(error)));
  };
  return {
    see({ gate, faces, ended, at, light }) {
      const face = gate.who === 'one' ? faces.find(({ track }) => track === gate.track) : undefined;
      if (face !== undefined && light === undefined) add(tracks, face, at);
      for (const track of ended) end(track);
    },
    granted(track, person) {
      const sum = tracks.get(track);
      if (sum !== undefined) sum.person = person;
    },
  };
}

function add(
  tracks: Map<TrackId, TrackSum>,
  { track, embedding, problems, replaced }: FaceReport,
  at: Monotonic,
): void {
  if (embedding === undefined || problems.length > 0 || replaced === true) return;
  const sum = tracks.get(track) ?? { vectors: [], at };
  if (sum.vectors.length < MOST_VECTORS) sum.vectors.push(embedding);
  tracks.set(track, sum);
  const [oldest] = tracks.keys();
  if (tracks.size > MOST_TRACKS && oldest !== undefined) tracks.delete(oldest);
}

/** Compares the track with the person's own templates of this camera, where there are any. */
async function take(
  { vectors, at, person: granted }: TrackSum,
  drift: CameraDrift,
  { gallery, condition }: CameraWatchDependencies,
): Promise<void> {
  const { comparison, snapshot, search } = gallery();
  const { centring, live } = comparison;
  const last = vectors.at(-1);
  // Without a centre there is none that could be wrong.
  if (centring === undefined || last === undefined) return;
  const person = granted ?? (await search.nearest(last))?.person;
  if (person === undefined) return;
  const own = search
    .templatesOf(last, person)
    .filter(({ row }) => snapshot.conditions[row] === condition)
    .map(({ row }) => snapshot.matrix.subarray(row * snapshot.dimension, (row + 1) * snapshot.dimension));
  if (own.length === 0) return;
  const [seen, enrolled] = [vectors.map(live), own].map((some) => meanDirection(some, centring.size));
  const difference = seen?.map((value, i) => value - (enrolled?.[i] ?? Number.NaN));
  if (difference !== undefined) drift.see({ person, difference, isGranted: granted !== undefined, at });
}

/** Mean of the first `size` numbers at unit length. @param vectors one or more. */
function meanDirection(vectors: readonly Float32Array[], size: number): Float64Array {
  const sum = new Float64Array(size);
  for (const vector of vectors) {
    const length = lengthOf(vector, size);
    for (let i = 0; i < size; i += 1) sum[i] = (sum[i] ?? 0) + (vector[i] ?? Number.NaN) / length;
  }
  return sum.map((value) => value / vectors.length);
}
