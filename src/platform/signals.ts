/** Runs the program's work until it ends or a signal stops it. */
import type { Millis } from '../base/units.js';
import { millis } from '../base/units.js';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
/** systemd and people wait about this long before they use force. */
const GRACE: Millis = millis(5000);

/**
 * The first SIGINT or SIGTERM aborts the signal given to the work, which then has 5 s to end in good order; the second
 * one ends the process at once.
 * @throws what the work throws.
 */
export async function untilSignal(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const onSignal = (name: NodeJS.Signals): void => {
    const code = name === 'SIGINT' ? 130 : 143;
    if (stop.signal.aborted) process.exit(code);
    stop.abort();
    timer = setTimeout(() => {
      process.stderr.write('twinstile: did not stop within 5 s, ending by force.\n');
      process.exit(code);
    }, GRACE);
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  try {
    await work(stop.signal);
  } finally {
    clearTimeout(timer);
    for (const name of SIGNALS) process.off(name, onSignal);
  }
}
