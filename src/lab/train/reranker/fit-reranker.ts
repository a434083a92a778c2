/** Trains the network of a reranker: logistic loss over pairs of one person and the nearest pairs of two, by Adam. */
import { randomFrom, shuffled, wholeBelow } from '../../../base/random.js';
import type { Metric } from '../../../biometrics/distance.js';
import { apart, bent, featuresOf, type RerankerNetwork } from '../../../biometrics/reranker.js';
import { rowsByMetric } from '../../../biometrics/statistics/distance-rows.js';
import type { Probe } from '../../../biometrics/statistics/pair-scores.js';

export interface TrainingPair {
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly same: boolean;
}

interface RerankPlan {
  readonly epochs: number;
  readonly seed: number;
}

const BATCH = 64;
const STEP = 1e-3;
const DECAY = 1e-4;
/** Adam's own (Kingma and Ba 2015). */
const [KEEP_MEAN, KEEP_SQUARE, TINY] = [0.9, 0.999, 1e-8];

interface RerankTraining {
  /** Receives each state of the network. */
  readonly onEpoch: (network: RerankerNetwork, epoch: number, loss: number) => Promise<void> | void;
  readonly signal: AbortSignal;
}

/**
 * @param start not changed.
 * @returns the network after the last epoch, or when the signal aborts.
 */
export async function trainReranker(
  start: RerankerNetwork,
  pairs: readonly TrainingPair[],
  { epochs, seed }: RerankPlan,
  { onEpoch, signal }: RerankTraining,
): Promise<RerankerNetwork> {
  const random = randomFrom(seed);
  // Both kinds weigh the same in all, however many impostor pairs there are.
  const mated = pairs.filter(({ same }) => same).length;
  const weightOf = ({ same }: TrainingPair): number =>
    pairs.length / 2 / Math.max(1, same ? mated : pairs.length - mated);
  const { dimension, scale } = start;
  const packed = pack(start);
  const adam = adamFor(packed);
  let network = start;
  for (let epoch = 1; epoch <= epochs && !signal.aborted; epoch += 1) {
    let loss = 0;
    const order = shuffled(pairs, random);
    for (let from = 0; from < order.length; from += BATCH) {
      const gradient = new Float64Array(packed.length);
      const batch = order.slice(from, from + BATCH);
      for (const pair of batch) loss += addGradient(network, pair, weightOf(pair) / batch.length, gradient);
      // Weights without gradient decay, except the line over the distance.
      for (let i = 2; i < gradient.length; i += 1)
        gradient[i] = (gradient[i] as number) + DECAY * (packed[i] as number);
      adam(gradient);
      network = unpack(packed, dimension, scale);
    }
    await onEpoch(copyOf(network), epoch, loss / Math.ceil(order.length / BATCH));
  }
  return copyOf(network);
}

/**
 * Adds the gradient of weight * log(1 + exp(-y score)) in the order of `pack`.
 * @returns the weighed loss of this pair.
 */
export function addGradient(
  network: RerankerNetwork,
  { a, b, same }: TrainingPair,
  weight: number,
  into: Float64Array,
): number {
  const { dimension, scale, bias, steepness, out } = network;
  const width = out.length;
  const inputs = 2 * dimension;
  const features = featuresOf(a, b, new Float32Array(inputs));
  const active = new Float32Array(width);
  const away = apart(a, b) / scale;
  const score = bias - steepness * away + bent(network, features, active);
  const right = same ? score : -score;
  // log1p(exp(-x)) without overflow.
  const loss = right > 0 ? Math.log1p(Math.exp(-right)) : -right + Math.log1p(Math.exp(right));
  const slope = (weight * (same ? -1 : 1)) / (1 + Math.exp(right));
  add(into, 0, slope);
  add(into, 1, -slope * away);
  for (let unit = 0; unit < width; unit += 1) {
    if (!((active[unit] as number) > 0)) continue;
    add(into, 2 + width * inputs + width + unit, slope * (active[unit] as number));
    const down = slope * (out[unit] as number);
    add(into, 2 + width * inputs + unit, down);
    const row = 2 + unit * inputs;
    for (let i = 0; i < inputs; i += 1)
      into[row + i] = (into[row + i] as number) + down * (features[i] as number);
  }
  return weight * loss;
}

/** bias, steepness, hidden, offsets, out. */
export function pack({ bias, steepness, hidden, offsets, out }: RerankerNetwork): Float64Array {
  return Float64Array.of(bias, steepness, ...hidden, ...offsets, ...out);
}

export function unpack(packed: Float64Array, dimension: number, scale: number): RerankerNetwork {
  const width = (packed.length - 2) / (2 * dimension + 2);
  const cut = (from: number, count: number): Float32Array =>
    Float32Array.from(packed.subarray(from, from + count));
  const ofHidden = width * 2 * dimension;
  return {
    dimension,
    scale,
    bias: packed[0] ?? Number.NaN,
    steepness: packed[1] ?? Number.NaN,
    hidden: cut(2, ofHidden),
    offsets: cut(2 + ofHidden, width),
    out: cut(2 + ofHidden + width, width),
  };
}

const copyOf = (network: RerankerNetwork): RerankerNetwork =>
  unpack(pack(network), network.dimension, network.scale);

function adamFor(values: Float64Array): (gradient: Float64Array) => void {
  const mean = new Float64Array(values.length);
  const square = new Float64Array(values.length);
  let step = 0;
  return (gradient) => {
    step += 1;
    const [ofMean, ofSquare] = [1 - KEEP_MEAN ** step, 1 - KEEP_SQUARE ** step];
    for (let i = 0; i < values.length; i += 1) {
      const g = gradient[i] as number;
      mean[i] = KEEP_MEAN * (mean[i] as number) + (1 - KEEP_MEAN) * g;
      square[i] = KEEP_SQUARE * (square[i] as number) + (1 - KEEP_SQUARE) * g * g;
      const by = (mean[i] as number) / ofMean / (Math.sqrt((square[i] as number) / ofSquare) + TINY);
      values[i] = (values[i] as number) - STEP * by;
    }
  };
}

const add = (into: Float64Array, place: number, value: number): void => {
  into[place] = (into[place] as number) + value;
};

/** One person has 530 photographs of LFW and would otherwise be most of it. */
const MATED_PER_PERSON = 20;
const NEAREST_IMPOSTORS = 8;
const RANDOM_IMPOSTORS = 2;

interface RerankPairs {
  readonly pairs: readonly TrainingPair[];
  /** Mean distance of random impostor pairs. */
  readonly scale: number;
}

/**
 * Chooses what a reranker learns from: pairs of one person, and of two the nearest, because only those are compared by it.
 * @param probes what is compared: behind the head.
 */
export function rerankPairs(probes: readonly Probe[], metric: Metric, seed: number): RerankPairs {
  const random = randomFrom(seed);
  const vectors = probes.map(({ vector }) => vector);
  const rows = rowsByMetric(vectors, vectors, metric);
  const row = new Float32Array(vectors.length);
  const mated = new Map<string, TrainingPair[]>();
  const impostors: TrainingPair[] = [];
  let sum = 0;
  let drawn = 0;
  probes.forEach(({ person, vector: a }, i) => {
    rows(i, 0, row);
    const others: number[] = [];
    const own = mated.get(person) ?? [];
    mated.set(person, own);
    probes.forEach((other, j) => {
      if (other.person !== person) others.push(j);
      else if (j > i) own.push({ a, b: other.vector, same: true });
    });
    others.sort((x, y) => (row[x] as number) - (row[y] as number));
    const chance = Array.from(
      { length: RANDOM_IMPOSTORS },
      () => others[wholeBelow(others.length, random)] ?? -1,
    );
    for (const j of chance) {
      const away = row[j] ?? Number.NaN;
      if (!(away >= 0)) continue;
      sum += away;
      drawn += 1;
    }
    for (const j of new Set([...others.slice(0, NEAREST_IMPOSTORS), ...chance])) {
      const b = vectors[j];
      if (b !== undefined) impostors.push({ a, b, same: false });
    }
  });
  const own = [...mated.values()].flatMap((pairs) => shuffled(pairs, random).slice(0, MATED_PER_PERSON));
  return { pairs: [...own, ...impostors], scale: sum / Math.max(1, drawn) };
}
