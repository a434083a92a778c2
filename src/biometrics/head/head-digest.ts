/** What made a projected vector: the encoder and the head together. Vectors of different digests are never compared. */
import { createHash } from 'node:crypto';
import { type ModelDigest, modelDigest } from '../../base/ids.js';
import type { Head, Projection } from './head.js';

/**
 * The digest that templates and live vectors carry after this head. Both sides of a half-twin enter it, because one is
 * only comparable with the other; card and calibration do not, because they change no vector.
 * @returns the encoder's own digest for the identity: its vectors are the trunk's.
 */
export function digestWithHead(head: Head): ModelDigest {
  if (head.kind === 'identity') return head.encoder;
  const hash = createHash('sha256');
  hash.update(JSON.stringify(['twinstile-head/1', head.kind, head.encoder, head.dimension, head.outputs]));
  for (const side of [head.template, head.live]) addTo(hash, side);
  if (head.crowd !== undefined) {
    const { places, shares, sharpness } = head.crowd;
    hash.update(JSON.stringify(['crowd', places.rows, places.columns, sharpness]));
    for (const numbers of [places.data, shares]) hash.update(bytesOf(numbers));
  }
  return modelDigest(hash.digest('hex'));
}

function addTo(hash: ReturnType<typeof createHash>, side: Projection): void {
  const { unitInput, centre, linear, bend, unitOutput } = side;
  const parts = {
    centre,
    linear: linear?.data,
    hidden: bend?.hidden.data,
    bias: bend?.bias,
    out: bend?.out.data,
  };
  hash.update(JSON.stringify([unitInput, unitOutput]));
  for (const [name, numbers] of Object.entries(parts)) {
    hash.update(JSON.stringify([name, numbers?.length ?? null]));
    if (numbers !== undefined) hash.update(bytesOf(numbers));
  }
}

/** In the machine's order of bytes: the digest never leaves the kind of machine that every target is (little-endian). */
const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
