/** What a program's output may be sent, and what happens when its reader goes away. */
import { systemReason } from '../base/system-error.js';

/**
 * 'goes-on': finishes in silence, with the exit code of its work; for services, workers and everything that changes something.
 * 'ends': its output is its only purpose, so it ends with 0, or with the exit code that was set already.
 */
type WithoutReader = 'goes-on' | 'ends';

/** @returns undefined where the reader went away, which is its good right; what is wrong with the output for all else. */
function faultOfOutput(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (GONE.includes(code)) return undefined;
  const reason = systemReason(error);
  return reason === undefined ? code : `${reason.got} (${code}). ${reason.todo}`;
}
/** A pipe, a socket and a terminal without a reader at the other end. */
const GONE: readonly string[] = ['EPIPE', 'ECONNRESET', 'EIO', 'ERR_STREAM_DESTROYED'];

/**
 * Keeps a program alive when the reader of its output went away (`| head`, a log collector that died).
 *
 * Without a listener Node ends the process at the next line with an unhandled 'error' event: any client whose message is logged would
 * end a gate.
 *
 * Call once, before anything is written. @param onLost is called once for each stream, with the fault unless its reader went away.
 */
export function guardOutput(
  then: WithoutReader,
  onLost: (stream: 'stdout' | 'stderr', fault: string | undefined) => void = () => {},
): void {
  for (const name of ['stdout', 'stderr'] as const) {
    const stream = process[name];
    let isLost = false;
    stream.on('error', (error: unknown) => {
      // Whatever it was (EPIPE, a full disk, a terminal that is gone): lines are not worth a gate.
      if (isLost) return;
      isLost = true;
      const fault = faultOfOutput(error);
      silence(stream);
      onLost(name, fault);
      if (then === 'ends' && name === 'stdout') process.exit();
    });
  }
}

/** Reports every line as written, so that no writer waits for a drain for ever. */
function silence(stream: NodeJS.WriteStream): void {
  stream.write = (_text: unknown, encoding?: unknown, done?: unknown): boolean => {
    const callback = typeof encoding === 'function' ? encoding : done;
    if (typeof callback === 'function') process.nextTick(() => callback());
    return true;
  };
  stream.emit('drain');
}

type Output = { readonly isTTY?: boolean | undefined };
type Environment = Readonly<Record<string, string | undefined>>;

/** Whether it obeys escape sequences that move the cursor and delete lines: a log file, a pipe and TERM=dumb do not. */
export const takesEscapes = (out: Output, env: Environment = process.env): boolean =>
  out.isTTY === true && env.TERM !== 'dumb';

/** Whether to send colours: not where NO_COLOR holds anything (no-color.org), and not where escapes are only shown. */
export const takesColours = (out: Output, env: Environment = process.env): boolean =>
  takesEscapes(out, env) && (env.NO_COLOR ?? '') === '';
