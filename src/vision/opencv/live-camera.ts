import type { Clock } from '../../base/clock.js';
import { monotonic } from '../../base/units.js';
import type { Camera } from '../ports/camera.js';
import type { Capture } from './capture.js';
import type { ReadingCheck } from './newest-frame.js';
import { pictureOf } from './opencv-picture.js';

/** Longest search for the newest frame, in ms. What is found by then goes out with its true age. */
const MAX_SEARCH = 400;

/**
 * A read that took this long, in ms, ran into the backend's own limit of 2 s. What it gives then is what a decoder still
 * held, and the next read would wait as long again.
 */
const HOPELESS = 1900;

/**
 * A camera that delivers by itself: each look gives the newest frame, and counts those that were passed over for it.
 * @param gone detail of 'lost'.
 */
export function liveCamera(capture: Capture, clock: Clock, judge: ReadingCheck, gone: string): Camera {
  return {
    grab() {
      const began = clock.monotonic();
      for (let skipped = 0; ; skipped += 1) {
        const start = clock.monotonic();
        const mat = capture.read();
        if (mat === undefined) return { kind: 'lost', detail: gone };
        const end = clock.monotonic();
        if (end - start >= HOPELESS) {
          mat.release();
          return { kind: 'lost', detail: gone };
        }
        const { isNewest, at } = judge({ start, end, stamp: capture.position() });
        if (isNewest || end - began >= MAX_SEARCH)
          return { kind: 'frame', picture: pictureOf(mat), at: monotonic(Math.min(at, end)), skipped };
        mat.release();
      }
    },
    close: () => capture.close(),
  };
}
