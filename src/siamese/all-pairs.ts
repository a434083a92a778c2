/** Every photograph against every other: the distances of mated and of impostor pairs. */
import type { Metric } from './distance.js';

export interface Labelled {
  /** Who it is. */
  readonly person: string;
  readonly embedding: Float32Array;
}

export interface PairDistances {
  readonly mated: Float32Array;
  readonly impostors: Float32Array;
}

/** @returns n (n - 1) / 2 distances in all, 4 bytes each: 13,000 photographs take 340 MB. NaN where dimensions differ. */
export function allPairs(samples: readonly Labelled[], metric: Metric): PairDistances {
  const sizes = new Map<string, number>();
  for (const { person } of samples) sizes.set(person, (sizes.get(person) ?? 0) + 1);
  const matedCount = [...sizes.values()].reduce((sum, size) => sum + (size * (size - 1)) / 2, 0);
  const mated = new Float32Array(matedCount);
  const impostors = new Float32Array((samples.length * (samples.length - 1)) / 2 - matedCount);
  const between = METRICS[metric](samples);
  let m = 0;
  let i = 0;
  for (let first = 0; first < samples.length; first += 1) {
    const { person } = samples[first] as Labelled;
    for (let second = first + 1; second < samples.length; second += 1) {
      if ((samples[second] as Labelled).person === person) mated[m++] = between(first, second);
      else impostors[i++] = between(first, second);
    }
  }
  return { mated, impostors };
}

type Between = (first: number, second: number) => number;

/** As distance.ts says, over one block of memory: 23 million pairs would take minutes one object at a time. */
const METRICS: Readonly<Record<Metric, (samples: readonly Labelled[]) => Between>> = {
  euclidean: (samples) => {
    const squared = squaredBetween(samples, (embedding) => embedding);
    return (first, second) => Math.sqrt(squared(first, second));
  },
  // For vectors of unit length |a - b|^2 = 2 (1 - cos).
  cosine: (samples) => {
    const squared = squaredBetween(samples, unit);
    return (first, second) => squared(first, second) / 2;
  },
};

function squaredBetween(
  samples: readonly Labelled[],
  prepare: (embedding: Float32Array) => Float32Array,
): Between {
  const dimension = samples[0]?.embedding.length ?? 0;
  const matrix = new Float32Array(samples.length * dimension).fill(Number.NaN);
  for (const [row, { embedding }] of samples.entries())
    if (embedding.length === dimension) matrix.set(prepare(embedding), row * dimension);
  return (first, second) => {
    const a = first * dimension;
    const b = second * dimension;
    let sum = 0;
    for (let column = 0; column < dimension; column += 1) {
      const difference = (matrix[a + column] as number) - (matrix[b + column] as number);
      sum += difference * difference;
    }
    return sum;
  };
}

function unit(embedding: Float32Array): Float32Array {
  const length = Math.hypot(...embedding);
  return embedding.map((value) => value / length);
}
