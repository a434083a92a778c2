/** Computes the detection error trade-off: false matches by false non-matches, over all thresholds; and histograms of distances. */
import { ranked } from './ranked.js';

export interface DetPoint {
  /** Distances below it match. */
  readonly threshold: number;
  /** 0..1, rising. */
  readonly fmr: number;
  /** 0..1, falling. */
  readonly fnmr: number;
}

/**
 * From the threshold that no impostor pair passes, then evenly spaced in the logarithm of the FMR up to all of them.
 * @param mated and `impostors` distances in any order; a NaN never matches.
 * @param points how many at most, 2 or more.
 */
export function detCurve(mated: Float32Array, impostors: Float32Array, points: number): readonly DetPoint[] {
  // NaN sorts to the end, where it counts as the farthest.
  const own = Float32Array.from(mated).sort();
  const others = impostors.length;
  if (own.length === 0 || others === 0) return [];
  const ranks = Array.from({ length: points }, (_, i) => Math.round(others ** (i / Math.max(1, points - 1))));
  return ranked(impostors, [...new Set([0, ...ranks])]).map(({ value: threshold, below }) => ({
    threshold,
    fmr: below / others,
    fnmr: 1 - countBelow(own, threshold) / own.length,
  }));
}

/**
 * Where both errors are one (EER), between the two points around it; undefined when the curve does not cross.
 * @returns 0..1
 */
export function equalErrorRate(curve: readonly DetPoint[]): number | undefined {
  const after = curve.findIndex(({ fmr, fnmr }) => fmr >= fnmr);
  const right = curve[after];
  if (right === undefined) return undefined;
  const left = curve[after - 1];
  if (left === undefined) return right.fmr === right.fnmr ? right.fmr : undefined;
  const gapLeft = left.fnmr - left.fmr;
  const gapRight = right.fmr - right.fnmr;
  const share = gapLeft + gapRight === 0 ? 0 : gapLeft / (gapLeft + gapRight);
  return left.fmr + share * (right.fmr - left.fmr);
}

/** @param sorted rising, NaN last. */
export function countBelow(sorted: Float32Array, threshold: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? Number.NaN) < threshold) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How often each distance occurs. */
export interface Histogram {
  readonly from: number;
  readonly to: number;
  /** One number per bin, of equal width; values outside count in the outermost bins, NaN nowhere. */
  readonly counts: readonly number[];
}

export function histogramOf(
  distances: Float32Array,
  { from, to }: { readonly from: number; readonly to: number },
  bins: number,
): Histogram {
  const counts = new Array<number>(bins).fill(0);
  for (const distance of distances) {
    if (Number.isNaN(distance)) continue;
    const bin = Math.floor(((distance - from) / (to - from)) * bins);
    const within = Math.min(bins - 1, Math.max(0, bin));
    counts[within] = (counts[within] ?? 0) + 1;
  }
  return { from, to, counts };
}
