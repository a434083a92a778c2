/**
 * Notices that a lane's camera is another one than its templates were captured by: it was moved or replaced.
 *
 * What a passage differs by from the person's own templates of this camera has a part that all people share when the camera has
 * changed, and none when it has not. Times are those of one clock. Of people nothing is stored; that it was moved, and since when faces
 * differ, is kept over a restart by its owner.
 */
import type { PersonId } from '../base/ids.js';
import { type Millis, type Monotonic, millis } from '../base/units.js';

/** A passage of a person who was enrolled at this camera. */
export interface EnrolledPassage {
  readonly person: PersonId;
  /** Its vector of unit length minus the mean of the person's own of unit length: [dimension]. */
  readonly difference: Float64Array;
  /** The person was let in; otherwise it is whom the face is nearest to. */
  readonly isGranted: boolean;
  readonly at: Monotonic;
}

/** How long a passage counts. */
const WINDOW: Millis = millis(4 * 3_600_000);

/** For so long at least what is seen must differ, by newer passages all the time: dusk and a lamp that is changed pass. */
const PATIENCE: Millis = millis(4 * 3_600_000);

/**
 * Squared length of the shared part from which on it is another camera. Measured with `mobile` on video/asl, two people or more:
 * the same camera up to 0.03, darkened 0.04, bluish 0.05, grey 0.07, infrared 0.10; with the centre of photographs 0.23 and
 * more (bench/camera-drift.ts). Moved by half of its own centre it is 0.09 at most, and that still keeps impostors out.
 */
const MOVED = 0.15;
/** From here on down it is the same camera again. */
const SAME = 0.1;

/** People who were let in are known; whom others are nearest to is a guess that only many make up for. */
const LEAST_GRANTED = 2;
const LEAST_SEEN = 5;

/** Bounds the memory. */
const MOST_PEOPLE = 200;

/** What is known of a camera without any person. */
export interface DriftState {
  readonly isMoved: boolean;
  /** Since when faces differ from their templates; absent while they do not. */
  readonly differsSince?: Monotonic | undefined;
}

export class CameraDrift {
  /** The newest passage of each person. */
  readonly #passages = new Map<PersonId, EnrolledPassage>();
  #differsSince: Monotonic | undefined;
  #isMoved: boolean;

  /** @param begun what was known before a restart. */
  constructor({ isMoved, differsSince }: DriftState = { isMoved: false }) {
    this.#isMoved = isMoved;
    this.#differsSince = differsSince;
  }

  see(passage: EnrolledPassage): void {
    const { person, at, difference } = passage;
    if (!difference.every(Number.isFinite)) return;
    for (const [other, old] of this.#passages)
      if (!(at - old.at <= WINDOW) || other === person) this.#passages.delete(other);
    this.#passages.set(person, passage);
    const [oldest] = this.#passages.keys();
    if (this.#passages.size > MOST_PEOPLE && oldest !== undefined) this.#passages.delete(oldest);
    this.#judge(at);
  }

  get isMoved(): boolean {
    return this.#isMoved;
  }

  get state(): DriftState {
    return { isMoved: this.#isMoved, differsSince: this.#differsSince };
  }

  #judge(now: Monotonic): void {
    const shared = this.#shared();
    if (shared === undefined) return;
    if (shared <= SAME) {
      this.#differsSince = undefined;
      this.#isMoved = false;
    } else if (shared <= MOVED) {
      if (!this.#isMoved) this.#differsSince = undefined;
    } else {
      this.#differsSince ??= now;
      this.#isMoved ||= now - this.#differsSince >= PATIENCE;
    }
  }

  /** @returns undefined where too few people passed. */
  #shared(): number | undefined {
    const all = [...this.#passages.values()];
    const granted = all.filter(({ isGranted }) => isGranted);
    const known = granted.length >= LEAST_GRANTED ? granted : all.length >= LEAST_SEEN ? all : [];
    return known.length === 0 ? undefined : sharedSquare(known.map(({ difference }) => difference));
  }
}

/**
 * Estimates the squared length of what vectors have in common: the mean product of two different ones, which is free of what
 * each has for itself (a U-statistic, Hoeffding 1948).
 * @param vectors two or more, [dimension] each. @returns below 0 where they have nothing in common.
 */
export function sharedSquare(vectors: readonly Float64Array[]): number {
  const sum = new Float64Array(vectors[0]?.length ?? 0);
  let own = 0;
  for (const vector of vectors)
    for (let i = 0; i < sum.length; i += 1) {
      const value = vector[i] ?? Number.NaN;
      sum[i] = (sum[i] ?? 0) + value;
      own += value * value;
    }
  const all = sum.reduce((squares, value) => squares + value * value, 0);
  return (all - own) / (vectors.length * (vectors.length - 1));
}
