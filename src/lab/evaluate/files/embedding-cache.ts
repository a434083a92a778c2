/**
 * Embeddings of photographs seen before, in one file for each encoder: evaluations are repeated, photographs stay.
 *
 * A record is the SHA-256 of the photograph (32 bytes), one byte for its result (0: an embedding follows), and
 * `dimension` float32 in the machine's order. A record cut off by a crash is dropped at the next opening.
 */

import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { makeFolder } from '../../../platform/folders.js';
import { requirePlainFileSync } from '../../../platform/plain-file.js';

/** Order is part of the format: only append. */
const ENDINGS = ['acquired', 'unreadable', 'no-face', 'not-encoded'] as const;
type Missing = Exclude<(typeof ENDINGS)[number], 'acquired'>;
type Acquired = { readonly embedding: Float32Array } | { readonly missing: Missing };

interface CacheFile {
  readonly size: number;
  get(sha256: string): Acquired | undefined;
  put(sha256: string, acquired: Acquired): void;
  close(): void;
}

/**
 * @param folder made when absent, readable by its owner only: embeddings are biometric data.
 * @param recipe what made the vectors: encoder and detector; another recipe is another file.
 */
export async function openEmbeddingCache(
  folder: string,
  recipe: string,
  dimension: number,
): Promise<CacheFile> {
  await makeFolder(folder);
  const file = path.join(folder, `${recipe}.embeddings`);
  const recordBytes = 33 + dimension * 4;
  const known = new Map<string, Acquired>();
  if (existsSync(file)) requirePlainFileSync(file);
  const bytes = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
  const whole = Math.floor(bytes.length / recordBytes);
  for (let index = 0; index < whole; index += 1) {
    const record = bytes.subarray(index * recordBytes, (index + 1) * recordBytes);
    const acquired = readRecord(record, dimension);
    if (acquired !== undefined) known.set(record.toString('hex', 0, 32), acquired);
  }
  const handle = openSync(file, existsSync(file) ? 'r+' : 'w+', 0o600);
  ftruncateSync(handle, whole * recordBytes);
  let end = whole * recordBytes;
  return {
    get size() {
      return known.size;
    },
    get: (sha256) => known.get(sha256),
    put(sha256, acquired) {
      if (known.has(sha256)) return;
      known.set(sha256, acquired);
      const record = Buffer.alloc(recordBytes);
      record.write(sha256, 'hex');
      if ('missing' in acquired) record[32] = ENDINGS.indexOf(acquired.missing);
      else
        record.set(
          new Uint8Array(acquired.embedding.buffer, acquired.embedding.byteOffset, dimension * 4),
          33,
        );
      writeSync(handle, record, 0, recordBytes, end);
      end += recordBytes;
    },
    close: () => closeSync(handle),
  };
}

function readRecord(record: Buffer, dimension: number): Acquired | undefined {
  const ending = ENDINGS[record[32] ?? 0];
  if (ending === undefined) return undefined;
  if (ending !== 'acquired') return { missing: ending };
  // Copied: a view into the file would not lie at a multiple of four.
  const copy = Uint8Array.from(record.subarray(33));
  return { embedding: new Float32Array(copy.buffer, 0, dimension) };
}
