import { type Millis, millis } from './units.js';

export interface Backoff {
  readonly first: Millis;
  readonly factor: number;
  /** No wait is longer, so that recovery after a repair has a known bound. */
  readonly longest: Millis;
}

/**
 * How long to wait before attempt `failures + 1`.
 * @param failures how many attempts failed in a row, 0 or more; 0 means no wait.
 */
export function delayAfter(failures: number, { first, factor, longest }: Backoff): Millis {
  if (failures <= 0) return millis(0);
  return millis(Math.min(longest, first * factor ** (failures - 1)));
}
