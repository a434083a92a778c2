/** Is this file exactly what its card declares? Asked before any parser sees a byte of it. */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { TwinstileError } from '../../base/errors.js';
import type { ModelFile } from '../model-card.js';

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
    throw refuse(`The file ${file} cannot be read.`, cause);
  });
  if (!kind.isFile()) throw refuse(`Expected a plain file at ${file}, got ${kindOf(kind)}.`);
  if (kind.size !== declared.bytes) throw refuse(sizeMessage(file, declared, kind.size));

  // A link put there since lstat is refused by the kernel; a pipe put there does not block.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(file, flags).catch((cause: unknown) => {
    throw refuse(`The file ${file} cannot be read.`, cause);
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
    message: 'Stopped on request; nothing was changed.',
    cause: signal?.reason,
  });

const sizeMessage = (file: string, { bytes }: ModelFile, got: number): string =>
  `Expected ${bytes} bytes in ${file}, got ${got}.`;

function kindOf(kind: { isSymbolicLink(): boolean; isDirectory(): boolean }): string {
  if (kind.isSymbolicLink()) return 'a symbolic link';
  return kind.isDirectory() ? 'a folder' : 'a device, pipe or socket';
}

/** Messages through which a TensorProto can be reached: field number -> message inside. */
const INSIDE = {
  model: new Map<number, Message>([
    [7, 'graph'],
    [20, 'training'],
    [25, 'function'],
  ]),
  training: new Map<number, Message>([
    [1, 'graph'],
    [2, 'graph'],
  ]),
  function: new Map<number, Message>([
    [7, 'node'],
    [11, 'attribute'],
  ]),
  graph: new Map<number, Message>([
    [1, 'node'],
    [5, 'tensor'],
    [15, 'sparse'],
  ]),
  node: new Map<number, Message>([[5, 'attribute']]),
  attribute: new Map<number, Message>([
    [5, 'tensor'],
    [6, 'graph'],
    [10, 'tensor'],
    [11, 'graph'],
    [22, 'sparse'],
    [23, 'sparse'],
  ]),
  sparse: new Map<number, Message>([
    [1, 'tensor'],
    [2, 'tensor'],
  ]),
  tensor: new Map<number, Message>(),
};
type Message = 'model' | 'training' | 'function' | 'graph' | 'node' | 'attribute' | 'sparse' | 'tensor';

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** TensorProto.external_data and TensorProto.data_location, whose only harmless value is 0 (DEFAULT). */
const EXTERNAL_DATA = 13;
const DATA_LOCATION = 14;

/** Loops in loops in loops: real models nest subgraphs twice; protobuf's own limit is 100 messages. */
const MAX_DEPTH = 48;
/** Real face models have some thousand fields; this bounds the walk to well under a second. */
const MAX_FIELDS = 2_000_000;

/**
 * Checks that an ONNX file is complete and names no other file.
 *
 * Walks tags and lengths of the protobuf wire format and nothing else, so that a hostile file meets
 * forty lines of bounds-checked code before it meets a parser. Field numbers: onnx.proto3 of ONNX 1.19;
 * wire format: protobuf.dev/programming-guides/encoding.
 * @returns the fault, as the end of "got …"; undefined for a file without one.
 */
export function faultOfOnnx(bytes: Uint8Array): string | undefined {
  const walk = new OnnxWalk(bytes);
  try {
    walk.message('model', bytes.length, 0);
  } catch (error) {
    // A fault is the answer here, not a failure; any other error is a defect of this program and goes on.
    if (error instanceof Fault) return error.message;
    throw error;
  }
  return walk.graphs === 0 ? 'a file without a network in it' : undefined;
}

class Fault extends Error {}

class OnnxWalk {
  graphs = 0;
  #at = 0;
  #fields = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  message(message: Message, end: number, depth: number): void {
    if (depth > MAX_DEPTH) throw new Fault(`messages nested deeper than ${MAX_DEPTH}`);
    while (this.#at < end) {
      if (++this.#fields > MAX_FIELDS) throw new Fault(`more than ${MAX_FIELDS} fields`);
      const tag = this.#varint(end);
      const field = Math.floor(tag / 8);
      if (field < 1 || tag >= 2 ** 32) throw new Fault('bytes that are no protobuf');
      if (message === 'tensor' && field === EXTERNAL_DATA)
        throw new Fault('weights in another file (external data)');
      const value = this.#skip(tag % 8, end);
      if (message === 'tensor' && field === DATA_LOCATION && value !== 0)
        throw new Fault('weights in another file (external data)');
      const inside = INSIDE[message].get(field);
      if (inside === undefined) continue;
      if (tag % 8 !== BYTES) throw new Fault('bytes that are no ONNX model');
      if (inside === 'graph') this.graphs += 1;
      const last = this.#at;
      this.#at = last - value;
      this.message(inside, last, depth + 1);
    }
  }

  /** Passes over one value. @returns the number itself for a varint, the length for bytes, else NaN. */
  #skip(type: number, end: number): number {
    const value = type === VARINT || type === BYTES ? this.#varint(end) : Number.NaN;
    const length = type === BYTES ? value : type === FIXED64 ? 8 : type === FIXED32 ? 4 : 0;
    if (![VARINT, FIXED64, BYTES, FIXED32].includes(type)) throw new Fault('bytes that are no protobuf');
    if (length > end - this.#at) throw new Fault('a file that ends in the middle');
    this.#at += length;
    return value;
  }

  #varint(end: number): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#at < end ? this.#bytes[this.#at++] : undefined;
      if (byte === undefined) throw new Fault('a file that ends in the middle');
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new Fault('a number longer than protobuf allows');
  }
}
