/**
 * What becomes of a program whose reader went away (`| head`, a log collector that died)?
 *
 * Without a listener Node ends the process at the next line with an unhandled 'error' event: a stranger whose message is logged would
 * end a gate.
 */

/**
 * 'goes-on': finishes in silence, with the exit code of its work; for services, workers and everything that changes something.
 * 'ends': nothing but its lines is wanted, so it ends with 0, or with the exit code that was set already.
 */
export type WithoutReader = 'goes-on' | 'ends';

/** Call once, before anything is written. @param onLost hears of each stream once. */
export function guardOutput(
  then: WithoutReader,
  onLost: (stream: 'stdout' | 'stderr') => void = () => {},
): void {
  for (const name of ['stdout', 'stderr'] as const) {
    const stream = process[name];
    let isLost = false;
    stream.on('error', () => {
      // Whatever it was (EPIPE, a full disk, a terminal that is gone): lines are not worth a gate.
      if (isLost) return;
      isLost = true;
      if (then === 'ends' && name === 'stdout') process.exit();
      silence(stream);
      onLost(name);
    });
  }
}

/** Takes every line for written, so that nobody who waits for room waits for ever. */
function silence(stream: NodeJS.WriteStream): void {
  stream.write = (_text: unknown, encoding?: unknown, done?: unknown): boolean => {
    const callback = typeof encoding === 'function' ? encoding : done;
    if (typeof callback === 'function') process.nextTick(() => callback());
    return true;
  };
  stream.emit('drain');
}
