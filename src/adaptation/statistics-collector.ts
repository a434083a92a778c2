/**
 * What a lane gathers of its camera while people pass: sums of trunk vectors, and nothing that is anybody's own.
 *
 * A track's vectors are held while it is in view, 12 at most, and forgotten when it ends. What leaves here are the sums of ten
 * tracks or more, so that what is kept twice in a row never differs by one face alone.
 */
import { explain } from '../base/errors.js';
import type { ModelDigest, PersonId, TrackId } from '../base/ids.js';
import { type Millis, type Monotonic, millis, type WallTime } from '../base/units.js';
import type { TemplateSearch } from '../records/people/search/template-search.js';
import { speaksAgainst } from '../vision/pad/pad-evidence.js';
import type { FaceReport, FrameReport } from '../vision/ports/vision.js';
import { type CameraStatistics, noStatistics, weightOfPassage, withTrack } from './camera-statistics.js';

export interface StatisticsCollector {
  /** What the lane saw. Costs next to nothing; what takes time is done when a track has ended, and beside the lane. */
  see(frame: FrameReport): void;
  /** Somebody was let in by face. */
  granted(track: TrackId, person: PersonId): void;
  /** All tracks are over: the recording is. Resolves when what they gave was taken. */
  finish(): Promise<void>;
}

/** A track of somebody who was let in. @param looks trunk vectors, one or more. */
export interface GrantedPassage {
  readonly person: PersonId;
  readonly mean: Float32Array;
  /** Different people who were let in today, with this one. */
  readonly peopleToday: number;
}

export interface StatisticsCollectorDependencies {
  readonly encoder: ModelDigest;
  /** Of the trunk's vectors. */
  readonly dimension: number;
  /** Whether the encoder is measured by direction: then directions are summed. */
  readonly unit: boolean;
  readonly gallery: () => { readonly search: Pick<TemplateSearch, 'nearest'> };
  readonly wall: () => WallTime;
  /** Local day of a time, "2026-11-25": counting begins anew with each. */
  readonly dayOf: (at: WallTime) => string;
  /** Adds the sums of ten tracks or more to what is kept. */
  readonly keep: (batch: CameraStatistics, day: string) => Promise<void>;
  /** The first of each person and day. */
  readonly onPassage?: (passage: GrantedPassage) => Promise<void> | void;
  readonly onFault?: (detail: string) => void;
  /** Tracks whose sums are kept together; 10 unless a test says so. */
  readonly batch?: number;
}

const BATCH = 10;
const OBSERVATIONS_PER_TRACK = 12;
const MIN_OBSERVATIONS = 2;
/** Neighbouring frames show the same. */
const OBSERVATION_INTERVAL: Millis = millis(150);
/** Below it on average, a track is rather a picture of a face than a face. */
const MIN_ALIVE = 0.5;
/** Bounds what a broken vision process can make us remember. */
const MAX_TRACKS = 64;

interface TrackRecord {
  readonly vectors: Float32Array[];
  readonly liveness: number[];
  at: Monotonic;
  person?: PersonId;
}

export function createStatisticsCollector(
  dependencies: StatisticsCollectorDependencies,
): StatisticsCollector {
  const { encoder, dimension, wall, dayOf, keep, batch = BATCH } = dependencies;
  const held = new Map<TrackId, TrackRecord>();
  let pending = noStatistics(encoder, dimension);
  let day = dayOf(wall());
  let passages = new Map<PersonId | undefined, number>();
  let letIn = new Set<PersonId>();
  let working: Promise<void> = Promise.resolve();

  /**
   * Passers-by are told apart by whom of the enrolled they are most like, whether or not they are the one: somebody who
   * comes again is most like the same one again. Whoever is lumped together counts less, never more.
   */
  const nthToday = async (mean: Float32Array): Promise<number> => {
    const nearest = await dependencies.gallery().search.nearest(mean);
    const nth = (passages.get(nearest?.person) ?? 0) + 1;
    passages.set(nearest?.person, nth);
    return nth;
  };
  const take = async ({ vectors: looks, liveness, person }: TrackRecord): Promise<void> => {
    if (looks.length < MIN_OBSERVATIONS || meanOf(liveness) < MIN_ALIVE) return;
    const today = dayOf(wall());
    if (today !== day) {
      passages = new Map();
      letIn = new Set();
      day = today;
    }
    const mean = meanVector(looks, dimension);
    pending = withTrack(
      pending,
      dependencies.unit ? looks.map(unitOf) : looks,
      weightOfPassage(await nthToday(mean)),
    );
    if (pending.tracks >= batch) {
      const full = pending;
      pending = noStatistics(encoder, dimension);
      await keep(full, today);
    }
    if (person === undefined || letIn.has(person)) return;
    letIn.add(person);
    await dependencies.onPassage?.({ person, mean, peopleToday: letIn.size });
  };
  const end = (track: TrackId): void => {
    const one = held.get(track);
    held.delete(track);
    if (one === undefined) return;
    working = working
      .then(() => take(one))
      .catch((error: unknown) => {
        // The lane goes on without: nothing that opens a gate rests on it.
        dependencies.onFault?.(explain(error));
      });
  };
  const look = ({ track, embedding, liveness, replaced }: FaceReport, at: Monotonic): void => {
    const one = held.get(track) ?? { vectors: [], liveness: [], at };
    if (liveness !== undefined) one.liveness.push(liveness);
    // A picture that is held before a living face for a moment is not the face of that track.
    const isPicture = replaced === true || (liveness !== undefined && speaksAgainst(liveness));
    if (!isPicture && embedding?.length === dimension && one.vectors.length < OBSERVATIONS_PER_TRACK)
      if (one.vectors.length === 0 || at - one.at >= OBSERVATION_INTERVAL) {
        one.vectors.push(embedding);
        one.at = at;
      }
    held.set(track, one);
    const [oldest] = held.keys();
    if (held.size > MAX_TRACKS && oldest !== undefined) held.delete(oldest);
  };
  return {
    see({ gate, faces, ended, at }) {
      const face = gate.who === 'one' ? faces.find(({ track }) => track === gate.track) : undefined;
      if (face !== undefined && face.problems.length === 0) look(face, at);
      for (const track of ended) end(track);
    },
    granted(track, person) {
      const one = held.get(track);
      if (one !== undefined) one.person = person;
    },
    async finish() {
      for (const track of [...held.keys()]) end(track);
      await working;
    },
  };
}

/** 1 when nothing was judged: then nothing speaks against it. */
const meanOf = (values: readonly number[]): number =>
  values.length === 0 ? 1 : values.reduce((sum, value) => sum + value, 0) / values.length;

function meanVector(looks: readonly Float32Array[], dimension: number): Float32Array {
  const sum = new Float64Array(dimension);
  for (const look of looks)
    look.forEach((value, i) => {
      sum[i] = (sum[i] ?? 0) + value;
    });
  return Float32Array.from(sum, (value) => value / looks.length);
}

function unitOf(vector: Float32Array): Float32Array {
  let squares = 0;
  for (const value of vector) squares += value * value;
  return vector.map((value) => value / Math.sqrt(squares));
}
