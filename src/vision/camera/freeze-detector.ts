import { type Millis, type Monotonic, millis } from '../../base/units.js';
import { checkFreshness, type LastChange } from '../frame/freshness.js';
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

/** Follows whether a camera's pictures change. */
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
