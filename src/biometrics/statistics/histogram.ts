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
