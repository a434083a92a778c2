/** How far is the pull? A bar on a terminal, lines elsewhere. */
import cliProgress from 'cli-progress';
import type { ModelFile } from '../../biometrics/model-card.js';

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
