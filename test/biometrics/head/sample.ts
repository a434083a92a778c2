/** Heads with numbers in all their parts. */
import { type ModelDigest, modelDigest } from '../../../src/base/ids.js';
import { normal, randomFrom } from '../../../src/base/random.js';
import type { Head, Projection } from '../../../src/biometrics/head/head.js';

export const ENCODER: ModelDigest = modelDigest('e'.repeat(64));

export function numbers(count: number, seed: number): Float32Array<ArrayBuffer> {
  const random = randomFrom(seed);
  return Float32Array.from({ length: count }, () => normal(random));
}

export function projectionOf(dimension: number, outputs: number, seed: number): Projection {
  const hidden = 3;
  return {
    unitInput: false,
    centre: numbers(dimension, seed),
    linear: { rows: outputs, columns: dimension, data: numbers(outputs * dimension, seed + 1) },
    bend: {
      hidden: { rows: hidden, columns: dimension, data: numbers(hidden * dimension, seed + 2) },
      bias: numbers(hidden, seed + 3),
      out: { rows: outputs, columns: hidden, data: numbers(outputs * hidden, seed + 4) },
    },
    unitOutput: true,
  };
}

export function twin(dimension = 4, outputs = 2): Head {
  const both = projectionOf(dimension, outputs, 1);
  return {
    kind: 'twin',
    encoder: ENCODER,
    dimension,
    outputs,
    template: both,
    live: both,
    card: { how: 'By hand.', seed: 7, trained: { people: 3, photos: 9 } },
  };
}

export const halfTwin = (dimension = 4, outputs = 2): Head => ({
  ...twin(dimension, outputs),
  kind: 'half-twin',
  live: projectionOf(dimension, outputs, 11),
});
