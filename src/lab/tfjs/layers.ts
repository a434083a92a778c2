/** A head as TensorFlow's tensors: forwards, and the gradients backwards. */
import * as tf from '@tensorflow/tfjs-core';
import { normal, type Random } from '../../base/random.js';
import type { Projection } from '../../biometrics/head/head.js';
import type { Matrix } from '../../biometrics/head/matrix.js';
import { matMul, timesTransposed, transposedTimes } from './multiply.js';

/** Of one side. Each weight also remembers where it began: that is where weight decay draws it back to. */
export interface Layers {
  readonly weights: readonly Weight[];
  readonly linear: Weight;
  readonly bend?: { readonly hidden: Weight; readonly bias: Weight; readonly out: Weight };
}

interface Weight {
  readonly variable: tf.Variable;
  readonly start: tf.Tensor;
}

/**
 * @param linear [outputs, dimension]. @param hidden neurons of the second way; 0 for none. It begins with an output of
 * nothing, so that learning begins at the linear head and not at noise.
 */
export function layersFrom(linear: Matrix, hidden: number, random: Random): Layers {
  const way = weight(linear.data, [linear.rows, linear.columns]);
  if (hidden === 0) return { weights: [way], linear: way };
  // He et al. 2015: keeps the variance through a rectifier.
  const spread = Math.sqrt(2 / linear.columns);
  const noise = Float32Array.from({ length: hidden * linear.columns }, () => spread * normal(random));
  const bend = {
    hidden: weight(noise, [hidden, linear.columns]),
    bias: weight(new Float32Array(hidden), [hidden]),
    out: weight(new Float32Array(linear.rows * hidden), [linear.rows, hidden]),
  };
  return { weights: [way, bend.hidden, bend.bias, bend.out], linear: way, bend };
}

/** @param input [rows, dimension], centred. @returns [rows, outputs] and the hidden layer's [rows, hidden]. */
export function forwards({ linear, bend }: Layers, input: tf.Tensor2D) {
  const straight = timesTransposed(input, matrixOf(linear));
  if (bend === undefined) return { output: straight };
  const hidden = tf.relu(tf.add(timesTransposed(input, matrixOf(bend.hidden)), bend.bias.variable));
  const bent = timesTransposed(hidden as tf.Tensor2D, matrixOf(bend.out));
  return { output: tf.add(straight, bent), hidden: hidden as tf.Tensor2D };
}

/** @param gradient of the loss by the output, [rows, outputs]. @returns by the name of each weight. */
export function backwards(
  { linear, bend }: Layers,
  input: tf.Tensor2D,
  hidden: tf.Tensor2D | undefined,
  gradient: tf.Tensor2D,
): Record<string, tf.Tensor> {
  const straight = { [linear.variable.name]: transposedTimes(gradient, input) };
  if (bend === undefined || hidden === undefined) return straight;
  const through = tf.mul(matMul(gradient, matrixOf(bend.out)), tf.step(hidden)) as tf.Tensor2D;
  return {
    ...straight,
    [bend.out.variable.name]: transposedTimes(gradient, hidden),
    [bend.hidden.variable.name]: transposedTimes(through, input),
    [bend.bias.variable.name]: tf.sum(through, 0),
  };
}

/** Draws every weight back to where it began (decoupled weight decay: Loshchilov and Hutter 2019). @param share 0..1 */
export function decay({ weights }: Layers, share: number): void {
  if (share === 0) return;
  tf.tidy(() => {
    for (const { variable, start } of weights)
      variable.assign(tf.add(variable, tf.mul(tf.sub(start, variable), share)));
  });
}

export async function projectionOf({ linear, bend }: Layers, around: Projection): Promise<Projection> {
  const matrix = await numbersOf(linear);
  if (bend === undefined) return { ...around, linear: matrix };
  const [hidden, out, bias] = await Promise.all([
    numbersOf(bend.hidden),
    numbersOf(bend.out),
    bend.bias.variable.data(),
  ]);
  return { ...around, linear: matrix, bend: { hidden, bias: Float32Array.from(bias), out } };
}

export function disposeOf({ weights }: Layers): void {
  for (const { variable, start } of weights) {
    variable.dispose();
    start.dispose();
  }
}

function weight(data: Float32Array, shape: number[]): Weight {
  const start = tf.tensor(data, shape);
  return { start, variable: tf.variable(start) };
}

const matrixOf = ({ variable }: Weight): tf.Tensor2D => variable as unknown as tf.Tensor2D;

async function numbersOf({ variable }: Weight): Promise<Matrix> {
  const [rows = 0, columns = 0] = variable.shape;
  return { rows, columns, data: Float32Array.from(await variable.data()) };
}
