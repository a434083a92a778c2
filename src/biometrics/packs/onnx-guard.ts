/** Is this file exactly what its card declares? Asked before any parser sees a byte of it. */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { TwinstileError } from '../../base/errors.js';
import type { ModelFile } from '../model-card.js';
import { faultOfOnnx } from './onnx-wire.js';

/** Read in steps, so that an abort is noticed and the event loop lives. */
const STEP = 1 << 20;

/**
 * Checks kind, size, sha256 and structure, in this order. What is walked is what was hashed: one reading.
 * Holds the file in memory, at most `declared.bytes`.
 *
 * @param hint an order to the operator for when the file is not the right one.
 * @throws TwinstileError 'pack-refused', or 'stopped' when the signal aborts.
 */
export async function guardFile(
  file: string,
  declared: ModelFile,
  { hint, signal }: { readonly hint?: string; readonly signal?: AbortSignal } = {},
): Promise<void> {
  const refuse = (message: string, cause?: unknown): TwinstileError =>
    new TwinstileError({ code: 'pack-refused', message, cause, hint });

  const kind = await lstat(file).catch((cause: unknown) => {
    throw refuse(`Expected the file ${file}, got none that can be read.`, cause);
  });
  if (!kind.isFile()) throw refuse(`Expected a plain file at ${file}, got ${kindOf(kind)}.`);
  if (kind.size !== declared.bytes) throw refuse(sizeMessage(file, declared, kind.size));

  // A link put there since lstat is refused by the kernel; a pipe put there does not block.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(file, flags).catch((cause: unknown) => {
    throw refuse(`Expected to read ${file}, got a refusal.`, cause);
  });
  try {
    const { bytes, sha256 } = await readHashed(handle, declared.bytes, signal);
    if (bytes.length !== declared.bytes) throw refuse(sizeMessage(file, declared, bytes.length));
    if (sha256 !== declared.sha256)
      throw refuse(`Expected sha256 ${declared.sha256} of ${file}, got ${sha256}.`);
    const fault = faultOfOnnx(bytes);
    if (fault !== undefined) throw refuse(`Expected a whole ONNX model in ${file}, got ${fault}.`);
  } finally {
    await handle.close();
  }
}

async function readHashed(
  handle: FileHandle,
  limit: number,
  signal: AbortSignal | undefined,
): Promise<{ readonly bytes: Uint8Array; readonly sha256: string }> {
  const hash = createHash('sha256');
  // One byte more than declared: a file that grew since lstat is seen to be longer.
  const buffer = Buffer.allocUnsafe(limit + 1);
  let length = 0;
  while (length < buffer.length) {
    if (signal?.aborted === true) throw stopped(signal);
    const { bytesRead } = await handle.read(buffer, length, Math.min(STEP, buffer.length - length), length);
    if (bytesRead === 0) break;
    hash.update(buffer.subarray(length, length + bytesRead));
    length += bytesRead;
  }
  return { bytes: buffer.subarray(0, length), sha256: hash.digest('hex') };
}

/** What an aborted step throws. */
export const stopped = (signal?: AbortSignal): TwinstileError =>
  new TwinstileError({
    code: 'stopped',
    message: 'Expected to finish, got a request to stop; nothing was changed.',
    cause: signal?.reason,
  });

const sizeMessage = (file: string, { bytes }: ModelFile, got: number): string =>
  `Expected ${bytes} bytes in ${file}, got ${got}.`;

function kindOf(kind: { isSymbolicLink(): boolean; isDirectory(): boolean }): string {
  if (kind.isSymbolicLink()) return 'a symbolic link';
  return kind.isDirectory() ? 'a folder' : 'a device, pipe or socket';
}
