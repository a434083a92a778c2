/** Reranks: a second opinion on who is nearest: it may doubt, and never lets in whom the distance does not. */
import type { ModelDigest } from '../base/ids.js';
import { randomFrom } from '../base/random.js';
import type { HeadCard } from './training-record.js';

export interface Reranker {
  /** Of encoder and head behind which it was learned. */
  readonly compared: ModelDigest;
  readonly network: RerankerNetwork;
  /** A lower score is doubted. */
  readonly accept: number;
  /** How many of the nearest people it looks at, 2 or more. */
  readonly candidates: number;
  /** How it was made, and what doubting is worth to people it never saw. */
  readonly card: HeadCard;
}

export interface Candidate {
  /** Of whom it is. */
  readonly person: string;
  /** What is compared: after the template's side of a head. */
  readonly template: Float32Array;
}

/**
 * @param nearest people whose distance passes the bound, the nearest first. @param live after its side of the head.
 * @returns whether the nearest is accepted: above the bound of the score, and above all the others'.
 */
export function believes(
  { network, accept }: Reranker,
  live: Float32Array,
  nearest: readonly Candidate[],
): boolean {
  const [first, ...others] = nearest.map(({ template }) => scoreOf(network, template, live));
  return first !== undefined && first >= accept && others.every((other) => first > other);
}

/**
 * A learned metric over both vectors at once: a line over their distance, bent by a small network over how they differ.
 *
 * score = bias - steepness * distance / scale + out . relu(hidden . f + offsets), f = (|u - v|, u v), u and v the two
 * vectors brought to unit length. It begins as the distance alone (`out` is 0), and it is symmetric because f is. No triangle
 * inequality holds for it, and no table calibrates it: it may only give a second opinion on people who are near already.
 */
export interface RerankerNetwork {
  /** Of the vectors. */
  readonly dimension: number;
  /** Distance by which distances are divided: that of most impostors. */
  readonly scale: number;
  readonly bias: number;
  readonly steepness: number;
  /** float32 [width, 2 * dimension] */
  readonly hidden: Float32Array;
  /** float32 [width] */
  readonly offsets: Float32Array;
  /** float32 [width] */
  readonly out: Float32Array;
}

/** @param width of the hidden layer. @returns what orders pairs as their distance does. */
export function freshNetwork(dimension: number, scale: number, width: number, seed: number): RerankerNetwork {
  const random = randomFrom(seed);
  const spread = Math.sqrt(3 / dimension);
  return {
    dimension,
    scale,
    bias: 8,
    steepness: 12,
    hidden: Float32Array.from({ length: 2 * dimension * width }, () => spread * (2 * random() - 1)),
    offsets: new Float32Array(width),
    out: new Float32Array(width),
  };
}

/**
 * float32 [2 * dimension]: |u - v| and u v, each about 1 on average.
 * @param into written and returned.
 */
export function featuresOf(a: Float32Array, b: Float32Array, into: Float32Array): Float32Array {
  const size = a.length;
  const byA = Math.sqrt(size) / lengthOf(a);
  const byB = Math.sqrt(size) / lengthOf(b);
  for (let i = 0; i < size; i += 1) {
    const u = (a[i] as number) * byA;
    const v = (b[i] as number) * byB;
    into[i] = Math.abs(u - v);
    into[size + i] = u * v;
  }
  return into;
}

/** Higher is more similar; NaN, which is above no bound, for vectors of another dimension. */
export function scoreOf(network: RerankerNetwork, a: Float32Array, b: Float32Array): number {
  const { dimension, scale, bias, steepness } = network;
  if (a.length !== dimension || b.length !== dimension) return Number.NaN;
  const features = featuresOf(a, b, new Float32Array(2 * dimension));
  return bias - (steepness * apart(a, b)) / scale + bent(network, features);
}

/** What the hidden layer adds. @param active written with each unit's value where given: learning needs them. */
export function bent(
  { hidden, offsets, out }: Pick<RerankerNetwork, 'hidden' | 'offsets' | 'out'>,
  features: Float32Array,
  active?: Float32Array,
): number {
  let sum = 0;
  for (let unit = 0; unit < out.length; unit += 1) {
    let value = offsets[unit] as number;
    const start = unit * features.length;
    for (let i = 0; i < features.length; i += 1)
      value += (hidden[start + i] as number) * (features[i] as number);
    const kept = Math.max(value, 0);
    if (active !== undefined) active[unit] = kept;
    // NaN is not above 0, and must not pass for nothing.
    sum += Number.isNaN(value) ? value : kept * (out[unit] as number);
  }
  return sum;
}

export function apart(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += ((a[i] as number) - (b[i] as number)) ** 2;
  return Math.sqrt(sum);
}

function lengthOf(vector: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < vector.length; i += 1) sum += (vector[i] as number) ** 2;
  return Math.sqrt(sum);
}
