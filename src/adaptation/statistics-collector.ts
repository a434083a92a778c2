/**
 * Collects statistics of a lane's camera: sums of encoder vectors, from which no single face can be taken out.
 *
 * A track's vectors are held while it is in view, 12 at most, and dropped when it ends. The sums that leave here are of ten
 * tracks or more, so that two consecutive ones never differ by a single face.
 */
import { explain } from '../base/errors.js';
import type { ModelDigest, PersonId, TrackId } from '../base/ids.js';
import { type Millis, type Monotonic, millis, type WallTime } from '../base/units.js';
import type { TemplateSearch } from '../records/people/template-search.js';
import type { FaceReport, FrameReport } from '../vision/ports/vision.js';
import { indicatesAttack } from '../vision/tracking/pad-evidence.js';
import { type CameraStatistics, noStatistics, weightOfPassage, withTrack } from './camera-statistics.js';

export interface StatisticsCollector {
  /** Takes a frame of the lane. Cheap; expensive work is done after a track has ended, outside the lane's loop. */
  see(frame: FrameReport): void;
  /** The person of this track was admitted by face. */
  granted(track: TrackId, person: PersonId): void;
  /** Ends all tracks, as at the end of a recording. Resolves when their statistics were taken. */
  finish(): Promise<void>;
}

/** A track of a person who was admitted. */
export interface GrantedPassage {
  readonly person: PersonId;
  readonly mean: Float32Array;
  /** Different people who were admitted today, with this one. */
  readonly peopleToday: number;
}

interface StatisticsCollectorDependencies {
  readonly encoder: ModelDigest;
  /** Of the encoder's vectors. */
  readonly dimension: number;
  /** Whether the encoder is measured by direction: then directions are summed. */
  readonly unit: boolean;
  readonly gallery: () => { readonly search: Pick<TemplateSearch, 'nearest'> };
  readonly wall: () => WallTime;
  /** Local day of a time, "2026-11-25": counts start again with each. */
  readonly dayOf: (at: WallTime) => string;
  /** Adds the sums of ten tracks or more to what is stored. */
  readonly keep: (batch: CameraStatistics, day: string) => Promise<void>;
  /** The first of each person and day. */
  readonly onPassage?: (passage: GrantedPassage) => Promise<void> | void;
  readonly onFault?: (detail: string) => void;
  /** Tracks whose sums are stored together; 10 except in tests. */
  readonly batch?: number;
}

const BATCH = 10;
const VECTORS_PER_TRACK = 12;
const MIN_VECTORS = 2;
/** Neighbouring frames show the same. */
const VECTOR_INTERVAL: Millis = millis(150);
/** A track with a lower mean score is more likely a picture of a face than a face. */
const MIN_LIVENESS = 0.5;
/** Bounds the memory that a broken vision process can take. */
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
  const { encoder, dimension, wall, dayOf, batch = BATCH } = dependencies;
  const tracks = new Tracks(dimension);
  let today = new DayCounts(dayOf(wall()));
  let pending = noStatistics(encoder, dimension);
  let working: Promise<void> = Promise.resolve();

  const take = async ({ vectors, liveness, person }: TrackRecord): Promise<void> => {
    if (vectors.length < MIN_VECTORS || meanOf(liveness) < MIN_LIVENESS) return;
    const day = dayOf(wall());
    if (day !== today.day) today = new DayCounts(day);
    const mean = meanVector(vectors, dimension);
    const nearest = await dependencies.gallery().search.nearest(mean);
    const weight = weightOfPassage(today.countPassage(nearest?.person));
    pending = withTrack(pending, dependencies.unit ? vectors.map(unitOf) : vectors, weight);
    if (pending.tracks >= batch) {
      const full = pending;
      pending = noStatistics(encoder, dimension);
      await dependencies.keep(full, day);
    }
    if (person === undefined || !today.admit(person)) return;
    await dependencies.onPassage?.({ person, mean, peopleToday: today.admitted });
  };
  const end = (track: TrackId): void => {
    const record = tracks.end(track);
    if (record === undefined) return;
    working = working
      .then(() => take(record))
      .catch((error: unknown) => {
        // The lane goes on without statistics: no grant depends on them.
        dependencies.onFault?.(explain(error));
      });
  };
  return {
    see({ gate, faces, ended, at }) {
      const face = gate.who === 'one' ? faces.find(({ track }) => track === gate.track) : undefined;
      if (face !== undefined && face.problems.length === 0) tracks.observe(face, at);
      for (const track of ended) end(track);
    },
    granted: (track, person) => tracks.setPerson(track, person),
    async finish() {
      for (const track of tracks.ids()) end(track);
      await working;
    },
  };
}

/** Vectors and liveness scores of the tracks in view. */
class Tracks {
  readonly #records = new Map<TrackId, TrackRecord>();
  readonly #dimension: number;

  constructor(dimension: number) {
    this.#dimension = dimension;
  }

  observe({ track, embedding, liveness, replaced }: FaceReport, at: Monotonic): void {
    const record = this.#records.get(track) ?? { vectors: [], liveness: [], at };
    if (liveness !== undefined) record.liveness.push(liveness);
    // A picture that is held briefly before a living face is not the face of that track.
    const isPicture = replaced === true || (liveness !== undefined && indicatesAttack(liveness));
    const isDue = record.vectors.length === 0 || at - record.at >= VECTOR_INTERVAL;
    if (
      !isPicture &&
      isDue &&
      embedding?.length === this.#dimension &&
      record.vectors.length < VECTORS_PER_TRACK
    ) {
      record.vectors.push(embedding);
      record.at = at;
    }
    this.#records.set(track, record);
    const [oldest] = this.#records.keys();
    if (this.#records.size > MAX_TRACKS && oldest !== undefined) this.#records.delete(oldest);
  }

  setPerson(track: TrackId, person: PersonId): void {
    const record = this.#records.get(track);
    if (record !== undefined) record.person = person;
  }

  end(track: TrackId): TrackRecord | undefined {
    const record = this.#records.get(track);
    this.#records.delete(track);
    return record;
  }

  ids(): readonly TrackId[] {
    return [...this.#records.keys()];
  }
}

/** Counts of one local day. */
class DayCounts {
  readonly day: string;
  readonly #passages = new Map<PersonId | undefined, number>();
  readonly #admitted = new Set<PersonId>();

  constructor(day: string) {
    this.day = day;
  }

  /**
   * Passers-by are distinguished by the enrolled person they are most similar to, whether or not it is that person: the same
   * passer-by is most similar to the same one again. People who are counted as one weigh less, never more.
   * @param nearest undefined: the gallery is empty.
   * @returns how many of that kind passed today, with this one.
   */
  countPassage(nearest: PersonId | undefined): number {
    const nth = (this.#passages.get(nearest) ?? 0) + 1;
    this.#passages.set(nearest, nth);
    return nth;
  }

  /** @returns whether it is the first time today. */
  admit(person: PersonId): boolean {
    if (this.#admitted.has(person)) return false;
    this.#admitted.add(person);
    return true;
  }

  get admitted(): number {
    return this.#admitted.size;
  }
}

/** 1 when no frame was scored: then there is no evidence against it. */
const meanOf = (values: readonly number[]): number =>
  values.length === 0 ? 1 : values.reduce((sum, value) => sum + value, 0) / values.length;

function meanVector(vectors: readonly Float32Array[], dimension: number): Float32Array {
  const sum = new Float64Array(dimension);
  for (const vector of vectors)
    vector.forEach((value, i) => {
      sum[i] = (sum[i] ?? 0) + value;
    });
  return Float32Array.from(sum, (value) => value / vectors.length);
}

function unitOf(vector: Float32Array): Float32Array {
  let squares = 0;
  for (const value of vector) squares += value * value;
  return vector.map((value) => value / Math.sqrt(squares));
}
