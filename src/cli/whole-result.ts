/** Results of a part look like those of the whole: what measures shows nothing when a signal ended it. */
import { TwinstileError } from '../base/errors.js';
import { untilSignal } from '../platform/signals.js';

/** What was worked through so far; the work keeps it up to date. */
export interface WorkedThrough {
  done: number;
  of: number;
}

interface WholeWork<Result> {
  /** What is counted, in the plural: "photographs". */
  readonly counted: string;
  readonly work: (signal: AbortSignal, through: WorkedThrough) => Promise<Result>;
  /** Prints and writes. Called only with the result of work that no signal ended. */
  readonly show: (result: Result) => Promise<void> | void;
}

/**
 * Measures until the end, and only then shows what came out.
 * @throws TwinstileError 'stopped' with what was worked through, when SIGINT or SIGTERM ended it; and what the work throws.
 */
export async function wholeResult<Result>({ counted, work, show }: WholeWork<Result>): Promise<void> {
  await untilSignal(async (signal) => {
    const through = { done: 0, of: 0 };
    let result: Result;
    try {
      result = await work(signal, through);
    } catch (cause) {
      // Whatever fails after a signal fails of it: a process that ended, a file that was not read.
      throw signal.aborted ? stoppedAfter(counted, through, cause) : cause;
    }
    if (signal.aborted) throw stoppedAfter(counted, through);
    await show(result);
  });
}

function stoppedAfter(counted: string, { done, of }: WorkedThrough, cause?: unknown): TwinstileError {
  const part =
    of === 0
      ? 'before anything was measured'
      : `partial: ${done.toLocaleString('en')} of ${of.toLocaleString('en')} ${counted}`;
  return new TwinstileError({
    code: 'stopped',
    message: `Stopped by a signal, ${part}. No result of the whole was shown or written.`,
    hint: 'Run the same command again and let it end, or give it less to do.',
    cause,
  });
}
