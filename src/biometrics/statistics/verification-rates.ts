/** Measures 1:1 verification, as the LFW protocol and ISO/IEC 19795-1 define them. */
import { countBelow } from './det.js';
import { ranked } from './ranked.js';

export interface Accuracy {
  /** Mean of the folds, 0..1. */
  readonly accuracyMean: number;
  /** Of that mean: standard deviation of the folds over the square root of their number. 0 for one fold. */
  readonly standardError: number;
  readonly folds: readonly { readonly accuracy: number; readonly threshold: number }[];
}

interface Pair {
  readonly distance: number;
  readonly same: boolean;
}

/**
 * Accuracy over k folds; each fold's threshold is the best one on the other folds.
 *
 * Same and different pairs are dealt out in the order given, each kind by itself, so that every fold holds both. With the
 * official LFW list, which names its ten sets one after the other, these are exactly the official folds.
 * @param distances one per pair; NaN counts as "different".
 * @param same whether the pair shows one person; as long as `distances`.
 * @param folds 2 or more, at most the number of pairs of either kind.
 */
export function kFoldAccuracy(
  distances: readonly number[],
  same: readonly boolean[],
  folds: number,
): Accuracy {
  const all = distances.map((distance, i): Pair => ({ distance, same: same[i] === true }));
  const dealt = [
    ...deal(
      all.filter((pair) => pair.same),
      folds,
    ),
    ...deal(
      all.filter((pair) => !pair.same),
      folds,
    ),
  ];
  const results = Array.from({ length: folds }, (_, fold) => {
    const held = dealt.filter((one) => one.fold === fold).map(({ pair }) => pair);
    const others = dealt.filter((one) => one.fold !== fold).map(({ pair }) => pair);
    const threshold = bestThreshold(others);
    const right = held.filter((pair) => pair.distance <= threshold === pair.same).length;
    return { accuracy: right / held.length, threshold };
  });
  const accuracies = results.map(({ accuracy }) => accuracy);
  return { accuracyMean: mean(accuracies), standardError: standardError(accuracies), folds: results };
}

/** The distance up to which "same" is right most often, halfway to the next pair. */
function bestThreshold(pairs: readonly Pair[]): number {
  const sorted = pairs.filter(({ distance }) => !Number.isNaN(distance));
  sorted.sort((a, b) => a.distance - b.distance);
  let right = 0;
  let best = { right: 0, threshold: Number.NEGATIVE_INFINITY };
  sorted.forEach((pair, i) => {
    right += pair.same ? 1 : -1;
    const next = sorted[i + 1]?.distance ?? pair.distance;
    // Pairs at one distance cannot be separated by a threshold.
    const isLastOfTie = i === sorted.length - 1 || next > pair.distance;
    if (isLastOfTie && right > best.right) best = { right, threshold: (pair.distance + next) / 2 };
  });
  return best.threshold;
}

export interface MatchRate {
  /** Highest rate of false matches that was allowed. */
  readonly fmr: number;
  /** Pairs closer than this match. */
  readonly threshold: number;
  /** 0..1 */
  readonly tmr: number;
  readonly matches: number;
  readonly matedPairs: number;
  readonly falseMatches: number;
  readonly impostorPairs: number;
}

/**
 * True match rates at false match rates, with the counts behind them.
 * @returns one for each rate that can be seen: there must be 1/fmr impostor pairs, and a mated pair.
 */
export function matchRatesAt(
  rates: readonly number[],
  mated: Float32Array,
  impostors: Float32Array,
): readonly MatchRate[] {
  const near = Float32Array.from(mated).sort();
  const impostorPairs = impostors.length;
  // The small addend: 1e-4 times 30,000 pairs is 3, also where binary fractions make it 2.9999999999999996.
  const allowed = rates.map((fmr) => Math.floor(fmr * impostorPairs + 1e-9));
  return ranked(impostors, allowed).flatMap(({ value: threshold, below: falseMatches }, i) => {
    const fmr = rates[i];
    if (fmr === undefined || !((allowed[i] ?? 0) >= 1) || near.length === 0) return [];
    const matches = countBelow(near, threshold);
    const counts = { matches, matedPairs: near.length, falseMatches, impostorPairs };
    return [{ fmr, threshold, tmr: matches / near.length, ...counts }];
  });
}

const deal = (pairs: readonly Pair[], folds: number) =>
  pairs.map((pair, i) => ({ pair, fold: Math.floor((i * folds) / pairs.length) }));

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function standardError(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}
