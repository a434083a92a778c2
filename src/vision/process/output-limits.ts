/** Limits what a vision process can make core read: messages a second, and lines of its log. */
import type { Readable } from 'node:stream';
import { TwinstileError } from '../../base/errors.js';
import { createTokenBucket, type RateLimit } from '../../base/token-bucket.js';
import { monotonic } from '../../base/units.js';

/**
 * A sound process sends at most about a hundred messages a second: frames, heartbeats, answers to photographs. About half a
 * minute of frames may come at once after core itself was held up.
 */
const LIMIT: RateLimit = { burst: 2000, perSecond: 500 };
/** What is long costs as much as several short ones: it has to be parsed. */
const BYTES_FOR_ONE = 64 * 1024;

/**
 * Rate-limits the messages of a vision process: a flood would take the event loop, and every lane with it.
 * @returns a check for each message. @throws TwinstileError 'vision-protocol'.
 */
export function limitReportRate(): (bytes: number, now: number) => void {
  const bucket = createTokenBucket(LIMIT);
  return (bytes, now) => {
    if (bucket.take(monotonic(now), 1 + bytes / BYTES_FOR_ONE)) return;
    throw new TwinstileError({
      code: 'vision-protocol',
      message: `Expected at most ${LIMIT.perSecond} messages a second, got a flood.`,
      hint: 'Look into the log for what the vision process wrote before; it is replaced.',
    });
  };
}

/** Lines are cut at this length. */
const MAX_LENGTH = 2000;
/** FFmpeg can write thousands of lines a second about one broken stream; they must not flood the log. */
const LINES_PER_WINDOW = 50;
const WINDOW_MS = 10_000;

/** Hands on what a process writes, line by line: cut, without control characters, and at most 50 lines in 10 s. */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  let count = 0;
  let dropped = 0;
  let windowEnd = 0;

  const pass = (line: string): void => {
    const now = performance.now();
    if (now >= windowEnd) {
      if (dropped > 0) onLine(`(${dropped} more lines were left out)`);
      count = 0;
      dropped = 0;
      windowEnd = now + WINDOW_MS;
    }
    count += 1;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not reach a terminal.
    const clean = line.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '').trimEnd();
    if (count > LINES_PER_WINDOW) dropped += 1;
    else if (clean !== '') onLine(clean.slice(0, MAX_LENGTH));
  };

  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = (lines.pop() ?? '').slice(0, MAX_LENGTH);
    for (const line of lines) pass(line);
  });
  stream.on('end', () => {
    if (rest !== '') pass(rest);
    if (dropped > 0) onLine(`(${dropped} more lines were left out)`);
  });
  // A broken pipe means that the process is gone, which is noticed elsewhere.
  stream.on('error', () => {});
}
