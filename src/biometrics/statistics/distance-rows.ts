/** Computes the distances of an evaluation a row at a time: one template against many live probes. */
import type { Metric } from '../distance.js';

export type Between = (a: Float32Array, b: Float32Array) => number;

/** Fills `into[j]` for each live probe j >= `from` with its distance from the template; the rest stays as it is. */
export type DistanceRows = (template: number, from: number, into: Float32Array) => void;

export function rowsBetween(
  templates: readonly Float32Array[],
  live: readonly Float32Array[],
  between: Between,
): DistanceRows {
  const nothing = new Float32Array();
  return (template, from, into) => {
    const vector = templates[template] ?? nothing;
    for (let j = from; j < live.length; j += 1) into[j] = between(vector, live[j] ?? nothing);
  };
}

/**
 * As distance.ts measures, to the last bit of the float32 where it is euclidean, over one block of memory: 23 million
 * pairs would take four times as long one object at a time.
 */
export function rowsByMetric(
  templates: readonly Float32Array[],
  live: readonly Float32Array[],
  metric: Metric,
): DistanceRows {
  const dimension = templates[0]?.length ?? 0;
  const left = blockOf(templates, dimension, metric);
  const right = live === templates ? left : blockOf(live, dimension, metric);
  const count = live.length;
  // For vectors of unit length |a - b|^2 = 2 (1 - cos).
  const isCosine = metric === 'cosine';
  const finished = (squared: number): number => (isCosine ? squared / 2 : Math.sqrt(squared));
  return (template, from, into) => {
    const a = template * dimension;
    let j = from;
    // Four at once: the template's number is loaded once for all of them.
    for (; j + 3 < count; j += 4) {
      const b = j * dimension;
      const c = b + dimension;
      const d = c + dimension;
      const e = d + dimension;
      let first = 0;
      let second = 0;
      let third = 0;
      let fourth = 0;
      for (let k = 0; k < dimension; k += 1) {
        const own = left[a + k] as number;
        const x = own - (right[b + k] as number);
        const y = own - (right[c + k] as number);
        const z = own - (right[d + k] as number);
        const w = own - (right[e + k] as number);
        first += x * x;
        second += y * y;
        third += z * z;
        fourth += w * w;
      }
      into[j] = finished(first);
      into[j + 1] = finished(second);
      into[j + 2] = finished(third);
      into[j + 3] = finished(fourth);
    }
    for (; j < count; j += 1) {
      const b = j * dimension;
      let sum = 0;
      for (let k = 0; k < dimension; k += 1) {
        const x = (left[a + k] as number) - (right[b + k] as number);
        sum += x * x;
      }
      into[j] = finished(sum);
    }
  };
}

/** float32 [vectors, dimension]; NaN for a vector of another dimension or without a direction, which has no distance. */
function blockOf(vectors: readonly Float32Array[], dimension: number, metric: Metric): Float32Array {
  const block = new Float32Array(vectors.length * dimension).fill(Number.NaN);
  for (const [row, vector] of vectors.entries())
    if (vector.length === dimension) block.set(metric === 'cosine' ? unit(vector) : vector, row * dimension);
  return block;
}

function unit(vector: Float32Array): Float32Array {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const length = Math.sqrt(squares);
  return vector.map((value) => value / length);
}
