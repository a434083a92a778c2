/**
 * Reads and writes files that a person, a list or a stick names: plain files only, and never more than a bound.
 *
 * A name can lead to a pipe without a writer (opening it blocks a thread for ever, and the process with it), to a
 * device without an end (/dev/zero), or to one that acts when it is opened (/dev/watchdog). So the kind is looked at
 * before the file is opened, it is opened without blocking, and the kind of what was really opened decides.
 */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { TwinstileError } from '../base/errors.js';

interface PlainFileOptions {
  /** What was asked of the file does not hold: creates the caller's error. 'file-refused' by default. */
  readonly refuse?: (expected: string, got: string) => TwinstileError;
}

interface ReadOptions extends PlainFileOptions {
  /** A longer file is refused, also one that grows while it is read. In bytes, inclusive. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/** Keys, certificates, roots of trust and receipts are smaller than this, in bytes. */
export const MAX_KEY_FILE = 1024 * 1024;
/** A photograph, in bytes: what the vision process takes. */
export const MAX_PHOTO_FILE = 64 * 1024 * 1024;

const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
const WRITE_FLAGS =
  constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NONBLOCK | constants.O_NOCTTY;
const CHUNK = 1024 * 1024;

/**
 * Reads a whole plain file.
 * @throws TwinstileError for another kind of file or one that is too large, the signal's reason when it aborts first,
 * and what the system reports (ENOENT, EACCES …) as it is.
 */
export async function readPlainFile(file: string, options: ReadOptions): Promise<Buffer> {
  const { signal } = options;
  signal?.throwIfAborted();
  const work = readToEnd(file, options);
  if (signal === undefined) return work;
  // A disk or a share that hangs does not answer an abort; the caller is free again all the same.
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Reads a whole plain file as UTF-8. @throws as `readPlainFile`. */
export async function readPlainText(file: string, options: ReadOptions): Promise<string> {
  return (await readPlainFile(file, options)).toString('utf8');
}

/**
 * Opens a plain file for reading, for those who read it as a stream; the caller closes it.
 * @throws TwinstileError for another kind of file, and what the system reports as it is.
 */
export async function openPlainFile(file: string, options: PlainFileOptions = {}): Promise<FileHandle> {
  requirePlain(await stat(file), file, options);
  const handle = await open(file, FLAGS);
  try {
    requirePlain(await handle.stat(), file, options);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

interface WriteOptions extends PlainFileOptions {
  /** Of a file that is made. */
  readonly mode: number;
  /** 'append' leaves what is there, 'replace' empties it. */
  readonly how: 'append' | 'replace';
}

/**
 * Opens a plain file for writing, or makes it; the caller closes it. A pipe without a reader would block here as one without a
 * writer does when it is read.
 * @throws TwinstileError for another kind of file, and what the system reports as it is.
 */
export async function openForWriting(
  file: string,
  { mode, how, ...options }: WriteOptions,
): Promise<FileHandle> {
  const before = await stat(file).catch(ifAbsent);
  if (before !== undefined) requirePlain(before, file, options);
  const handle = await open(file, WRITE_FLAGS, mode);
  try {
    requirePlain(await handle.stat(), file, options);
    if (how === 'replace') await handle.truncate(0);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Writes a whole plain file. @throws as `openForWriting`. */
export async function writePlainFile(
  file: string,
  bytes: Uint8Array | string,
  options: WriteOptions,
): Promise<void> {
  const handle = await openForWriting(file, options);
  try {
    await handle.writeFile(bytes);
  } finally {
    await handle.close();
  }
}

function ifAbsent(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}

/**
 * Checks a file that a library opens by its path.
 * @throws TwinstileError for another kind of file, and what the system reports as it is.
 */
export async function requirePlainFile(file: string, options: PlainFileOptions = {}): Promise<void> {
  requirePlain(await stat(file), file, options);
}

/** As `requirePlainFile`, where nothing may be awaited. */
export function requirePlainFileSync(file: string, options: PlainFileOptions = {}): void {
  requirePlain(statSync(file), file, options);
}

/** As `readPlainFile`, where nothing may be awaited: only in processes that have nothing else to do meanwhile. */
export function readPlainFileSync(file: string, options: Omit<ReadOptions, 'signal'>): Buffer {
  requirePlain(statSync(file), file, options);
  const descriptor = openSync(file, FLAGS);
  try {
    const stats = fstatSync(descriptor);
    requirePlain(stats, file, options);
    const whole = growingBuffer(stats.size, file, options);
    while (whole.add(readSync(descriptor, whole.room()))) {}
    return whole.bytes();
  } finally {
    closeSync(descriptor);
  }
}

async function readToEnd(file: string, options: ReadOptions): Promise<Buffer> {
  const handle = await openPlainFile(file, options);
  try {
    const whole = growingBuffer((await handle.stat()).size, file, options);
    while (whole.add((await handle.read(whole.room())).bytesRead)) options.signal?.throwIfAborted();
    return whole.bytes();
  } finally {
    await handle.close();
  }
}

/** Buffer for the content of a file: its size is a hint only, as it may grow, shrink, or (in /proc) be 0 for all of them. */
function growingBuffer(size: number, file: string, { maxBytes, refuse = refused }: ReadOptions) {
  const tooLarge = (got: string) => refuse(`at most ${maxBytes} bytes in ${file}`, got);
  if (size > maxBytes) throw tooLarge(`${size}`);
  const chunks: Buffer[] = [];
  let length = 0;
  let chunk = Buffer.allocUnsafe(0);
  return {
    /** At least one byte, and one more than may be there, so that too much is noticed. */
    room(): Buffer {
      const left = Math.max(size - length, 0) + 1;
      chunk = Buffer.allocUnsafe(Math.min(Math.max(left, 64 * 1024), CHUNK, maxBytes + 1 - length));
      return chunk;
    },
    /** @returns whether there may be more. */
    add(bytesRead: number): boolean {
      chunks.push(chunk.subarray(0, bytesRead));
      length += bytesRead;
      if (length > maxBytes) throw tooLarge('more');
      return bytesRead > 0;
    },
    bytes: () => Buffer.concat(chunks, length),
  };
}

function requirePlain(stats: Stats, file: string, { refuse = refused }: PlainFileOptions): void {
  if (!stats.isFile()) throw refuse(`a plain file at ${file}`, kindOf(stats));
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a pipe (FIFO)';
  if (stats.isSocket()) return 'a socket';
  return 'a device';
}

const refused = (expected: string, got: string): TwinstileError =>
  new TwinstileError({
    code: 'file-refused',
    message: `Expected ${expected}, got ${got}.`,
    hint: 'Name a plain file of that size; write what comes from a pipe or a device into one first.',
  });
