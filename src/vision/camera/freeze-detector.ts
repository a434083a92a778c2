/** Detects a camera that shows the same picture again and again. */
import { type Millis, type Monotonic, millis } from '../../base/units.js';
import type { Picture } from '../ports/picture.js';

/** 'frozen-long': long enough since the freeze or the last such verdict to try something against it. */
type MotionState = 'moving' | 'standing' | 'frozen' | 'frozen-long';

export interface FreezeDetector {
  check(picture: Picture, now: Monotonic): MotionState;
  /** Pictures that stood still since this was asked last. */
  passedOver(): number;
  /** What comes next is new, whatever it shows. */
  reset(): void;
}

interface Limits {
  readonly frozenAfter: Millis;
  readonly thawEvery: Millis;
}

/**
 * Small enough to be cheap and yet a mean over every pixel of the picture: a clock's changing digit in a corner of
 * 1080p moves several of these bytes.
 */
const SAMPLE = { width: 160, height: 96 } as const;

export function createFreezeDetector({ frozenAfter, thawEvery }: Limits): FreezeDetector {
  let lastChange: LastChange | undefined;
  let thawAt: number | undefined;
  let passed = 0;
  return {
    check(picture, now) {
      const { pixels } = picture.letterbox(SAMPLE.width, SAMPLE.height);
      const limits = { frozenAfter, lateAfter: millis(Number.POSITIVE_INFINITY) };
      const verdict = checkFreshness({ sample: pixels, taken: now, now }, lastChange, limits);
      lastChange = verdict.lastChange;
      if (verdict.freshness === 'fresh') {
        thawAt = undefined;
        return 'moving';
      }
      passed += 1;
      if (verdict.freshness !== 'frozen') return 'standing';
      if (thawAt !== undefined && now < thawAt) return 'frozen';
      thawAt = now + thawEvery;
      return 'frozen-long';
    },
    passedOver() {
      const count = passed;
      passed = 0;
      return count;
    },
    reset() {
      lastChange = undefined;
      thawAt = undefined;
    },
  };
}

/**
 * 'repeated': the very picture that was seen last, so it proves nothing new.
 * 'frozen': it has been that picture for too long; the camera shows the past.
 * 'late': a new picture, but taken too long ago.
 */
export type Freshness = 'fresh' | 'late' | 'repeated' | 'frozen';

interface FreshnessLimits {
  /** The same picture for this long or longer is frozen. */
  readonly frozenAfter: Millis;
  /** A picture older than this is late. */
  readonly lateAfter: Millis;
}

/** Both times are of one clock. */
interface SampledPicture {
  readonly sample: Uint8Array;
  /** When the picture was taken. */
  readonly taken: Monotonic;
  readonly now: Monotonic;
}

/** What is remembered of the picture that was new last. */
interface LastChange {
  /** A sample of the whole picture, the same size each time. */
  readonly sample: Uint8Array;
  readonly at: Monotonic;
}

interface FreshnessVerdict {
  readonly freshness: Freshness;
  /** To be handed in with the next picture. */
  readonly lastChange: LastChange;
}

/**
 * Exact identity, on purpose: a sensor has noise, so no two pictures of a live one agree in every byte, not even of
 * an empty wall at night. Any tolerance would call that wall frozen.
 */
export function checkFreshness(
  { sample, taken, now }: SampledPicture,
  last: LastChange | undefined,
  { frozenAfter, lateAfter }: FreshnessLimits,
): FreshnessVerdict {
  if (last !== undefined && isSame(sample, last.sample)) {
    const freshness = now - last.at < frozenAfter ? 'repeated' : 'frozen';
    return { freshness, lastChange: last };
  }
  const isInTime = now - taken <= lateAfter;
  return { freshness: isInTime ? 'fresh' : 'late', lastChange: { sample, at: now } };
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
