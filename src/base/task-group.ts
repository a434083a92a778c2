/** Begins and ends what runs together: jobs under one signal, and disposers in reverse order. */
import { setMaxListeners } from 'node:events';
import { within } from './delay.js';
import { explain, TwinstileError } from './errors.js';
import { millis } from './units.js';

/**
 * Runs jobs side by side under one signal: the first failure stops the others, and nothing is left running.
 *
 * @param jobs each gets a signal that aborts when the parent's does or when a sibling fails.
 * @throws the first failure, after every job has ended.
 */
export async function together(
  parent: AbortSignal,
  jobs: readonly ((signal: AbortSignal) => Promise<void>)[],
): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([parent, stop.signal]);
  // One listener and more for each job: many of them are no leak.
  setMaxListeners(0, signal);
  let failure: { readonly reason: unknown } | undefined;
  await Promise.all(
    jobs.map(async (job) => {
      try {
        await job(signal);
      } catch (reason) {
        failure ??= { reason };
        stop.abort();
      }
    }),
  );
  if (failure !== undefined) throw failure.reason;
}

const STEP_LIMIT = millis(1500);

export interface DisposerStack {
  /** @returns what was given. */
  add<Opened extends { close(): Promise<void> }>(step: string, opened: Opened): Opened;
  /** Never rejects. */
  all(): Promise<void>;
}

/** What was begun, undone in reverse: each step bounded in time, none kept from its turn by the one before it. */
export function createDisposerStack(onFault: (step: string, detail: string) => void): DisposerStack {
  const opened: { readonly step: string; readonly close: () => Promise<void> }[] = [];
  return {
    add(step, one) {
      opened.push({ step, close: () => one.close() });
      return one;
    },
    async all() {
      for (let last = opened.pop(); last !== undefined; last = opened.pop()) {
        const { step, close } = last;
        try {
          await within(STEP_LIMIT, close(), () => tooLong(step));
        } catch (error) {
          // The rest must be stopped all the same.
          onFault(step, explain(error));
        }
      }
    },
  };
}

const tooLong = (step: string): TwinstileError =>
  new TwinstileError({ code: 'internal', message: `Expected '${step}' to stop within ${STEP_LIMIT} ms.` });
