/** How far is the import? A bar on a terminal, a line every few seconds elsewhere. */
import cliProgress from 'cli-progress';
import { takesEscapes } from '../../platform/output-guard.js';
import type { EnrollmentProgress } from '../../records/enrollment/enrollment-report.js';

export interface EnrollProgress {
  readonly show: (progress: EnrollmentProgress) => void;
  readonly end: () => void;
}

const LINE_EVERY_MS = 5000;

/** @param total photographs. */
export function progressOn(out: NodeJS.WriteStream, total: number): EnrollProgress {
  return takesEscapes(out)
    ? barOn(out, total)
    : linesOn(
        (line) => out.write(line),
        total,
        () => performance.now(),
      );
}

function barOn(stream: NodeJS.WriteStream, total: number): EnrollProgress {
  const bar = new cliProgress.SingleBar({
    stream,
    format: '{bar} {value} of {total} photos, {rate}, {refused} refused',
    hideCursor: true,
    // cli-progress would end the process itself at Ctrl-C, before the last batch is stored.
    gracefulExit: false,
  });
  const start = performance.now();
  bar.start(total, 0, { rate: '', refused: 0 });
  return {
    show: ({ done, refused }) =>
      bar.update(done, { rate: rateOf(done, total, performance.now() - start), refused }),
    end: () => bar.stop(),
  };
}

/** @param now in ms. */
export function linesOn(write: (line: string) => void, total: number, now: () => number): EnrollProgress {
  const start = now();
  let last = start;
  return {
    show({ done, refused }) {
      if (now() - last < LINE_EVERY_MS) return;
      last = now();
      write(`${done} of ${total} photos, ${rateOf(done, total, last - start)}, ${refused} refused\n`);
    },
    end: () => {},
  };
}

/** "20.5 a second, 3 min 5 s to go" */
function rateOf(done: number, total: number, elapsedMs: number): string {
  const rate = done / Math.max(elapsedMs / 1000, 0.001);
  const rest = Math.round((total - done) / Math.max(rate, 0.001));
  const left = rest < 60 ? `${rest} s` : `${Math.floor(rest / 60)} min ${rest % 60} s`;
  return `${rate.toFixed(1)} a second, ${left} to go`;
}
