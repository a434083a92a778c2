/** Waits, each with an end: for a time, for work, for a signal, and longer after each failure in a row. */
import { setTimeout as sleepFor } from 'node:timers/promises';
import type { TwinstileError } from './errors.js';
import { type Millis, millis } from './units.js';

/** Resolves after `span`, or at once when the signal aborts. Never rejects. */
export async function pause(span: Millis, signal?: AbortSignal): Promise<void> {
  try {
    await sleepFor(span, undefined, { signal });
  } catch {
    // The only failure of a timer is the abort, and that is one of its two ends.
  }
}

/**
 * `work`, but never longer than `limit`: every wait has an end.
 * @throws TwinstileError made by `late` when the limit passes first; the work itself is not stopped.
 */
export async function within<T>(limit: Millis, work: Promise<T>, late: () => TwinstileError): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), limit);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/** Settles when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/**
 * What comes first: the end of some work, or the abort. No listener stays at the signal, which often lives as long as the program.
 * @throws what the work throws first.
 */
export async function untilAborted<T>(
  signal: AbortSignal,
  work: readonly Promise<T>[],
): Promise<T | 'aborted'> {
  if (signal.aborted) return 'aborted';
  let onAbort = (): void => {};
  const over = new Promise<'aborted'>((resolve) => {
    onAbort = () => resolve('aborted');
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([over, ...work]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

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
