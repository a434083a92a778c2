import { cv } from './cv.js';

/** OpenCV would take every core for work that one does in a millisecond. @param count 1 or more. */
export function limitThreads(count: number): void {
  // In the binding, but not in its types.
  (cv as typeof cv & { setNumThreads(count: number): void }).setNumThreads(count);
}
