/** Runs work that must not hold up the next frame, and must not be lost either. */
import { aborted } from '../base/delay.js';

export interface BackgroundWork {
  start(work: Promise<unknown>): void;
  /** Until the signal aborts. @throws the first failure. */
  watch(signal: AbortSignal): Promise<void>;
  /** When everything that was started has ended, well or not. */
  settled(): Promise<void>;
}

export function createBackgroundWork(): BackgroundWork {
  const running = new Set<Promise<unknown>>();
  let fail = (_reason: unknown): void => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  // The failure may come before or after anything awaits it.
  failed.catch(() => {});
  return {
    start(work) {
      const guarded = work.catch(fail).finally(() => running.delete(guarded));
      running.add(guarded);
    },
    watch: (signal) => Promise.race([failed, aborted(signal)]),
    async settled() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}
