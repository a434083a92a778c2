/** Gradients by small steps to either side: what every formula must agree with. */
export function byFiniteDifferences(
  of: (values: Float64Array) => number,
  at: Float64Array,
  step = 1e-6,
): Float64Array {
  return at.map((value, i) => {
    const ahead = Float64Array.from(at);
    const behind = Float64Array.from(at);
    ahead[i] = value + step;
    behind[i] = value - step;
    return (of(ahead) - of(behind)) / (2 * step);
  });
}

export function largestDifference(a: Float64Array, b: Float64Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? Number.NaN))), 0);
}
