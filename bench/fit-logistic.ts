/** Fits a logistic regression with L2 regularisation by accelerated gradient descent (Nesterov 1983). */

export interface Labelled {
  readonly features: Float32Array;
  readonly positive: boolean;
}

/** For standardised features and rows that weigh 1 together. */
const LAMBDA = 3e-3;
const STEPS = 300;

/** Standardised rows, one after the other, each with a 1 at its end for the bias. */
interface Table {
  readonly x: Float32Array;
  readonly width: number;
  readonly weight: Float64Array;
  readonly label: Uint8Array;
}

/**
 * Both classes weigh the same.
 * @param lambda of half the sum of squared weights. @returns one weight for each feature as it comes, then the bias.
 */
export function fitLogistic(rows: readonly Labelled[], size: number, lambda = LAMBDA): Float32Array {
  const { mean, deviation } = momentsOf(rows, size);
  const table = tableOf(rows, size, mean, deviation);
  const beta = descend(table, lambda);
  const weights = new Float32Array(size + 1);
  let bias = beta[size] ?? 0;
  for (let i = 0; i < size; i += 1) {
    weights[i] = (beta[i] ?? 0) / (deviation[i] ?? 1);
    bias -= ((beta[i] ?? 0) * (mean[i] ?? 0)) / (deviation[i] ?? 1);
  }
  weights[size] = bias;
  return weights;
}

function descend(table: Table, lambda: number): Float64Array {
  const { width } = table;
  const step = 1 / (steepest(table) / 4 + lambda);
  let beta = new Float64Array(width);
  let ahead = new Float64Array(width);
  let momentum = 1;
  for (let count = 0; count < STEPS; count += 1) {
    const slope = gradientAt(ahead, table, lambda);
    const next = ahead.map((value, i) => value - step * (slope[i] ?? 0));
    const following = (1 + Math.sqrt(1 + 4 * momentum * momentum)) / 2;
    const share = (momentum - 1) / following;
    ahead = next.map((value, i) => value + share * (value - (beta[i] ?? 0)));
    [beta, momentum] = [next, following];
  }
  return beta;
}

function gradientAt(beta: Float64Array, { x, width, weight, label }: Table, lambda: number): Float64Array {
  const slope = beta.map((value, i) => (i === width - 1 ? 0 : lambda * value));
  for (let row = 0; row < weight.length; row += 1) {
    const from = row * width;
    const error =
      (weight[row] as number) * (1 / (1 + Math.exp(-dot(x, from, beta))) - (label[row] as number));
    addScaled(slope, x, from, error);
  }
  return slope;
}

/** Largest eigenvalue of the rows' weighted second moments, by power iteration, a little too large. */
function steepest({ x, width, weight }: Table): number {
  let direction = new Float64Array(width).fill(1 / Math.sqrt(width));
  let length = 0;
  for (let turn = 0; turn < 20; turn += 1) {
    const next = new Float64Array(width);
    for (let row = 0; row < weight.length; row += 1)
      addScaled(next, x, row * width, (weight[row] as number) * dot(x, row * width, direction));
    length = Math.hypot(...next);
    direction = next.map((value) => value / length);
  }
  return 1.05 * length;
}

function dot(x: Float32Array, from: number, beta: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < beta.length; i += 1) sum += (x[from + i] as number) * (beta[i] as number);
  return sum;
}

function addScaled(to: Float64Array, x: Float32Array, from: number, by: number): void {
  for (let i = 0; i < to.length; i += 1) to[i] = (to[i] as number) + by * (x[from + i] as number);
}

function tableOf(
  rows: readonly Labelled[],
  size: number,
  mean: Float64Array,
  deviation: Float64Array,
): Table {
  const width = size + 1;
  const positives = rows.filter(({ positive }) => positive).length;
  const x = new Float32Array(rows.length * width).fill(1);
  for (const [row, { features }] of rows.entries())
    for (let i = 0; i < size; i += 1)
      x[row * width + i] = ((features[i] ?? 0) - (mean[i] ?? 0)) / (deviation[i] ?? 1);
  return {
    x,
    width,
    weight: Float64Array.from(rows, ({ positive }) => 0.5 / (positive ? positives : rows.length - positives)),
    label: Uint8Array.from(rows, ({ positive }) => Number(positive)),
  };
}

function momentsOf(rows: readonly Labelled[], size: number) {
  const mean = new Float64Array(size);
  const squares = new Float64Array(size);
  for (const { features } of rows)
    for (let i = 0; i < size; i += 1) {
      const value = features[i] ?? 0;
      mean[i] = (mean[i] ?? 0) + value / rows.length;
      squares[i] = (squares[i] ?? 0) + (value * value) / rows.length;
    }
  const deviation = squares.map((square, i) => Math.sqrt(Math.max(0, square - (mean[i] ?? 0) ** 2)) + 1e-3);
  return { mean, deviation };
}
