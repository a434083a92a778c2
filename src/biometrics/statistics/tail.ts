/**
 * Fits the tail of the impostor distances: how fast impostor pairs become rare as they come nearer.
 *
 * Beyond a distance that few pairs are under, the amount by which they are under it follows a generalised Pareto
 * distribution whatever the rest looks like (Balkema and de Haan 1974, Pickands 1975). Its shape is not let below 0, the
 * exponential: a lighter tail would promise that no impostor comes closer than some distance.
 */

export interface Tail {
  /** Pairs nearer than this are the tail. */
  readonly from: number;
  /** Share of all impostor pairs that are, 0..1. */
  readonly share: number;
  /** 0 or more. */
  readonly shape: number;
  /** Above 0, in units of the distance. */
  readonly scale: number;
}

interface TailPairs {
  /** Nearer than `from`, rising. */
  readonly distances: Float32Array;
  /** How often each pair counts; absent: once. */
  readonly weights?: Float64Array;
  /** Of all impostor pairs, near and far, with equal weight. */
  readonly all: number;
}

/**
 * By probability-weighted moments (Hosking and Wallis 1987), which stay steady where maximum likelihood does not.
 * @returns undefined where the pairs have no spread to fit.
 */
export function fitTail({ distances, weights, all }: TailPairs, from: number): Tail | undefined {
  let total = 0;
  for (let i = 0; i < distances.length; i += 1) total += weights?.[i] ?? 1;
  let mean = 0;
  let low = 0;
  let before = 0;
  // The farthest first: the amount under `from` then rises.
  for (let i = distances.length - 1; i >= 0; i -= 1) {
    const weight = weights?.[i] ?? 1;
    const under = from - (distances[i] ?? Number.NaN);
    const place = (before + weight / 2) / total;
    mean += (weight * under) / total;
    low += (weight * (1 - place) * under) / total;
    before += weight;
  }
  const shape = 2 - mean / (mean - 2 * low);
  if (!(mean > 0) || !Number.isFinite(shape)) return undefined;
  const scale = (2 * mean * low) / (mean - 2 * low);
  // Where the shape is held at 0, the exponential's own scale is its mean.
  return { from, share: total / all, ...(shape > 0 ? { shape, scale } : { shape: 0, scale: mean }) };
}

/** @returns the share of impostor pairs that are at most this far apart; the tail's whole share from its edge on. */
export function rateIn({ from, share, shape, scale }: Tail, distance: number): number {
  const under = (from - distance) / scale;
  if (!(under > 0)) return share;
  return shape < 1e-9 ? share * Math.exp(-under) : share * (1 + shape * under) ** (-1 / shape);
}
