import { setMaxListeners } from 'node:events';

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
