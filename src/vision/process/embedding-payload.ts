/** Encodes embeddings for the pipe: raw little-endian float32, one after the other; the header holds the place of each. */
import { endianness } from 'node:os';
import { TwinstileError } from '../../base/errors.js';

/** Collects embeddings into one payload. */
export class EmbeddingWriter {
  readonly #parts: Float32Array[] = [];

  /** @returns its place: 0 for the first, 1 for the second. */
  add(embedding: Float32Array): number {
    return this.#parts.push(embedding) - 1;
  }

  /** The payload so far. */
  payload(): Uint8Array {
    const total = this.#parts.reduce((sum, { length }) => sum + length, 0);
    const all = new Float32Array(total);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return littleEndian(Buffer.from(all.buffer));
  }
}

/**
 * The embedding at a place, copied out.
 * @throws TwinstileError 'vision-protocol' when it is outside of the payload or holds a number that is not finite.
 */
export function embeddingAt(payload: Uint8Array, place: number, dimension: number): Float32Array {
  const bytes = dimension * 4;
  const copy = Buffer.alloc(bytes);
  const part = payload.subarray(place * bytes, (place + 1) * bytes);
  if (part.length !== bytes) throw broken(`${dimension} numbers at place ${place}`, `${part.length} bytes`);
  copy.set(part);
  const { buffer, byteOffset } = littleEndian(copy);
  const embedding = new Float32Array(buffer, byteOffset, dimension);
  if (!embedding.every(Number.isFinite)) throw broken('an embedding of finite numbers', 'NaN or Infinity');
  return embedding;
}

/** @throws TwinstileError 'vision-protocol' unless the payload holds exactly that many embeddings. */
export function expectEmbeddings(payload: Uint8Array, count: number, dimension: number): void {
  const expected = count * dimension * 4;
  if (payload.length !== expected) throw broken(`${expected} bytes of embeddings`, `${payload.length}`);
}

const littleEndian = (bytes: Buffer): Buffer => (endianness() === 'LE' ? bytes : bytes.swap32());

const broken = (expected: string, got: string): TwinstileError =>
  new TwinstileError({
    code: 'vision-protocol',
    message: `Expected ${expected}, got ${got}.`,
    hint: 'Check that core and vision process use the same model pack.',
  });
