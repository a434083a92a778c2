/** Starts a helper process at its first use, and again after it died. */

export interface Kept<Process> {
  /** Rejects with what starting or `work` rejects with; the next use starts a new process then. */
  use<Result>(work: (process: Process) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

export function createKept<Process extends { close(): Promise<void> }>(
  start: () => Promise<Process>,
): Kept<Process> {
  let starting: Promise<Process> | undefined;
  const drop = async (process: Promise<Process>) => {
    if (starting === process) starting = undefined;
    // The process may have died already, or never started.
    await process.then((one) => one.close()).catch(() => {});
  };
  return {
    async use(work) {
      starting ??= start();
      const process = starting;
      try {
        return await work(await process);
      } catch (error) {
        await drop(process);
        throw error;
      }
    },
    async close() {
      if (starting !== undefined) await drop(starting);
    },
  };
}
