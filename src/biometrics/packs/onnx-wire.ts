/**
 * Checks that an ONNX file is complete and names no other file.
 *
 * Walks tags and lengths of the protobuf wire format and nothing else, so that a hostile file meets
 * forty lines of bounds-checked code before it meets a parser. Field numbers: onnx.proto3 of ONNX 1.19;
 * wire format: protobuf.dev/programming-guides/encoding.
 */

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

/** @returns the fault, as the end of "got …"; undefined for a file without one. */
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
