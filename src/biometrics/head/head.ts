/**
 * The head: a small learned function after the encoder (the trunk).
 *
 * One for both sides of a comparison makes a twin; one for the template side and another for the live side makes a
 * half-twin. Trunk vectors are what is stored, so a new head needs no new photographs.
 */

import { createHash } from 'node:crypto';
import { type ModelDigest, modelDigest } from '../../base/ids.js';
import type { Metric } from '../distance.js';
import type { CalibrationTable } from '../model-card.js';
import type { HeadCard } from '../training-record.js';
import type { Crowd } from './crowd-context.js';
import type { Matrix } from './matrix.js';

export type Side = 'template' | 'live';

/**
 * x -> (unit length) -> minus centre -> linear x + out relu(hidden x + bias) -> (unit length).
 * What is absent does nothing: without `linear` the vector itself, without `bend` no second summand.
 */
export interface Projection {
  /** Brings the trunk's vector to unit length first: for encoders that are measured by cosine. */
  readonly unitInput: boolean;
  /** [dimension] */
  readonly centre?: Float32Array;
  /** L: [outputs, dimension]. Its metric is Mahalanobis with M = L'L. */
  readonly linear?: Matrix;
  /** Two layers parallel to the linear map: hidden [width, dimension], bias [width], out [outputs, width]. */
  readonly bend?: { readonly hidden: Matrix; readonly bias: Float32Array; readonly out: Matrix };
  readonly unitOutput: boolean;
}

export interface Head {
  /** 'identity': the trunk's vectors as they are. 'twin': `template` and `live` are one. */
  readonly kind: 'identity' | 'twin' | 'half-twin';
  /** The encoder it was made for: digest of the pack's card. */
  readonly encoder: ModelDigest;
  /** Of the trunk's vectors. */
  readonly dimension: number;
  /** Of what is compared: the projections' own, and two more with a crowd. */
  readonly outputs: number;
  readonly template: Projection;
  readonly live: Projection;
  /** Where faces lie dense; only behind projections to unit length. */
  readonly crowd?: Crowd;
  readonly card: HeadCard;
  /** Of distances after the head: the pack's own table does not apply to them. */
  readonly calibration?: CalibrationTable;
}

const nothing: Projection = { unitInput: false, unitOutput: false };

export function identityHead(encoder: ModelDigest, dimension: number): Head {
  return {
    kind: 'identity',
    encoder,
    dimension,
    outputs: dimension,
    template: nothing,
    live: nothing,
    card: { how: 'Nothing is learned: the vectors of the encoder as they are.' },
  };
}

/** What is to be measured between projected vectors: learned heads are made for the euclidean distance. */
export const metricAfter = ({ kind }: Head, trunk: Metric): Metric =>
  kind === 'identity' ? trunk : 'euclidean';

/**
 * Identifies what made a projected vector: the encoder and the head together. Vectors of different digests are never compared.
 *
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
