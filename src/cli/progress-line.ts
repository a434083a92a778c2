/** Shows how far long work is: one line on stderr that renews itself on a terminal, and a line every few seconds elsewhere. */

import cliProgress from 'cli-progress';
import { plural } from '../base/plural.js';
import type { ModelFile } from '../biometrics/model-card.js';
import { takesEscapes } from '../platform/output-guard.js';
import type { EnrollmentProgress } from '../records/enrollment/enrollment-report.js';

interface ProgressLine {
  readonly show: (done: number, total: number) => void;
  readonly end: () => void;
}

const QUIET_MS = 5000;
const QUICK_MS = 200;

/** @param what is counted, in the plural: "photographs". */
export function createProgressLine(what: string, out: NodeJS.WriteStream = process.stderr): ProgressLine {
  const start = performance.now();
  let last = start;
  return {
    show(done, total) {
      const now = performance.now();
      if (done < total && now - last < (takesEscapes(out) ? QUICK_MS : QUIET_MS)) return;
      last = now;
      const rate = done / Math.max(0.001, (now - start) / 1000);
      const rest = rate > 0 ? Math.ceil((total - done) / rate) : 0;
      const line = `${done} of ${total} ${what}, ${rate.toFixed(1)} a second, ${rest} s to go`;
      out.write(takesEscapes(out) ? `\r${line}\u001b[K` : `${line}\n`);
    },
    end: () => {
      if (takesEscapes(out)) out.write('\r\u001b[K');
    },
  };
}

/** How far is the import? A bar on a terminal, a line every few seconds elsewhere. */
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
      write(
        `${done} of ${plural(total, 'photo')}, ${rateOf(done, total, last - start)}, ${refused} refused\n`,
      );
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

/** Shows how far a pull is. */
interface PullProgress {
  readonly show: (file: ModelFile, bytes: number) => void;
  readonly end: () => void;
}

/** One bar on stderr for all files. @param total bytes of all files. */
export function barOf(total: number): PullProgress {
  const bar = new cliProgress.SingleBar({
    format: '{bar} {percentage} %  {file}',
    hideCursor: true,
    // cli-progress would end the process itself at Ctrl-C, before the temp folder is gone.
    gracefulExit: false,
  });
  let before = 0;
  let last: ModelFile | undefined;
  bar.start(total, 0, { file: '' });
  return {
    show(file, bytes) {
      if (last !== undefined && last !== file) before += last.bytes;
      last = file;
      bar.update(before + bytes, { file: file.file });
    },
    end: () => bar.stop(),
  };
}

/** A line per finished file, for logs. @param total bytes of all files. */
export function linesOf(print: (line: string) => void, total: number): PullProgress {
  print(`Fetching ${megabytes(total)}.`);
  return {
    show(file, bytes) {
      if (bytes === file.bytes) print(`${file.file}: ${megabytes(bytes)}`);
    },
    end: () => {},
  };
}

/** @param bytes 0 or more; decimal megabytes. */
export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
