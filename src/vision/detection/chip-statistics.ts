/** What an aligned face chip shows of light and focus. */
export interface ChipStatistics {
  /** Variance of the Laplacian over the variance of the luminance: 0 for a smooth ramp, more with fine structure. */
  readonly sharpness: number;
  /** Luminance that a tenth of the pixels is below, 0..255. */
  readonly shadows: number;
  /** Luminance that a tenth of the pixels is above, 0..255. */
  readonly highlights: number;
}

/**
 * @param pixels bgr8 HWC of height x width, at least 3x3.
 * Laplacian variance as a measure of focus: Pech-Pacheco et al. 2000; divided by the contrast, so that dim light is not
 * taken for blur.
 */
export function chipStatisticsOf(pixels: Uint8Array, width: number, height: number): ChipStatistics {
  const luminance = new Float32Array(width * height);
  const histogram = new Uint32Array(256);
  for (let index = 0; index < luminance.length; index += 1) {
    const at = index * 3;
    const value = 0.114 * (pixels[at] ?? 0) + 0.587 * (pixels[at + 1] ?? 0) + 0.299 * (pixels[at + 2] ?? 0);
    luminance[index] = value;
    histogram[Math.round(value)] = (histogram[Math.round(value)] ?? 0) + 1;
  }
  const edges = new Float32Array((width - 2) * (height - 2));
  let next = 0;
  for (let y = 1; y < height - 1; y += 1)
    for (let x = 1; x < width - 1; x += 1) {
      const at = y * width + x;
      const around =
        (luminance[at - 1] ?? 0) +
        (luminance[at + 1] ?? 0) +
        (luminance[at - width] ?? 0) +
        (luminance[at + width] ?? 0);
      edges[next] = around - 4 * (luminance[at] ?? 0);
      next += 1;
    }
  // One grey level of noise, so that an even chip counts as without structure and not as infinitely sharp.
  return {
    sharpness: variance(edges) / (variance(luminance) + 1),
    shadows: percentile(histogram, luminance.length * 0.1),
    highlights: percentile(histogram, luminance.length * 0.9),
  };
}

function variance(values: Float32Array): number {
  let sum = 0;
  let squares = 0;
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  return Math.max(0, squares / values.length - (sum / values.length) ** 2);
}

/** The first level at which `count` pixels have been passed. */
function percentile(histogram: Uint32Array, count: number): number {
  let passed = 0;
  for (const [level, pixels] of histogram.entries()) {
    passed += pixels;
    if (passed >= count) return level;
  }
  return 255;
}
