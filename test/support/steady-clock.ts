/**
 * A clock for tests on a busy machine: it runs like the real one, but stands still while the process gets no processor time, so
 * that nothing ages or expires only because the machine is slow.
 */
import type { Clock } from '../../src/base/clock.js';
import { monotonic, wallTime } from '../../src/base/units.js';

const TICK_MS = 2;
/** What one turn of the event loop may add: far below any age that a test rests on, and enough to keep pace with real timers. */
const MAX_STEP_MS = 15;

let now = 1000;
let readAt = performance.now();
const ticking = setInterval(() => {
  const real = performance.now();
  now += Math.min(MAX_STEP_MS, real - readAt);
  readAt = real;
}, TICK_MS);
ticking.unref();

export const steadyClock: Clock = { monotonic: () => monotonic(now), wall: () => wallTime(Date.now()) };

/** Waits until the steady clock has gone on by `span` ms. */
export async function steadySleep(span: number): Promise<void> {
  const end = now + span;
  while (now < end) await new Promise((resolve) => setTimeout(resolve, Math.min(10, end - now)));
}

/** A steady clock of one test that can be put forward, so that what waited in real time is as old as after a long wait. */
export function skippingClock(): { readonly clock: Clock; readonly skip: (span: number) => void } {
  let skipped = 0;
  return {
    clock: { ...steadyClock, monotonic: () => monotonic(now + skipped) },
    skip: (span) => {
      skipped += span;
    },
  };
}
