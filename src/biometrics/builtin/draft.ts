/** A network while it is drawn: each layer takes the name of what goes in and returns the name of what comes out. */
import type { Kernel } from './fold.js';
import {
  ATTRIBUTE,
  type AttributeProto,
  ELEMENT,
  encodeModel,
  type NodeProto,
  type TensorProto,
} from './onnx-format.js';

/** Top, left, bottom, right, in pixels. */
type Edges = readonly [number, number, number, number];
/** Nothing at the border. */
export const VALID: Edges = [0, 0, 0, 0];
/** TensorFlow's 'same' for 3x3 and stride 1. */
export const ALL_ROUND: Edges = [1, 1, 1, 1];
/** TensorFlow's 'same' for an even size: 3x3 with stride 2, and 2x2 with stride 1. */
export const FAR_EDGES: Edges = [0, 0, 1, 1];

interface Window {
  readonly stride: number;
  readonly edges: Edges;
}

export const INPUT = 'input';
const OUTPUT = 'output';

type Value = string;

export class Draft {
  readonly #nodes: NodeProto[] = [];
  readonly #constants: TensorProto[] = [];

  /** @param group number of channels for a depthwise convolution. */
  conv(input: Value, { shape, values, bias }: Kernel, { stride, edges }: Window, group = 1): Value {
    const weights = [this.#floats(shape, values), ...(bias ? [this.#floats([bias.length], bias)] : [])];
    return this.#node(
      'Conv',
      [input, ...weights],
      [
        ints('kernel_shape', shape.slice(2)),
        ints('strides', [stride, stride]),
        ints('pads', edges),
        int('group', group),
      ],
    );
  }

  /** Padding counts as minus infinity. */
  maxPool(input: Value, size: number, { stride, edges }: Window): Value {
    return this.#node(
      'MaxPool',
      [input],
      [ints('kernel_shape', [size, size]), ints('strides', [stride, stride]), ints('pads', edges)],
    );
  }

  averagePool(input: Value, size: number): Value {
    return this.#node(
      'AveragePool',
      [input],
      [ints('kernel_shape', [size, size]), ints('strides', [size, size])],
    );
  }

  relu = (input: Value): Value => this.#node('Relu', [input]);
  leakyRelu = (input: Value, alpha: number): Value =>
    this.#node('LeakyRelu', [input], [float('alpha', alpha)]);
  add = (a: Value, b: Value): Value => this.#node('Add', [a, b]);

  /** (pixel - mean) / scale, per channel. */
  normalise(input: Value, mean: readonly number[], scale: number): Value {
    const shifted = this.#node('Sub', [input, this.#floats([1, mean.length, 1, 1], mean)]);
    return this.#node('Div', [shifted, this.#floats([1], [scale])]);
  }

  /** Zeros behind the last channel, row and column. */
  zerosBehind(input: Value, channels: number, rows: number, columns: number): Value {
    return this.#node('Pad', [input, this.#sizes([0, 0, 0, 0, 0, channels, rows, columns])]);
  }

  /** Mean over height and width, then weights [in, out]: [N,C,H,W] -> [N,out]. */
  head(
    input: Value,
    weights: { readonly shape: readonly number[]; readonly values: Float64Array },
    bias?: Float64Array,
  ): Value {
    const flat = this.#node('Flatten', [this.#node('GlobalAveragePool', [input])]);
    return this.#node('Gemm', [
      flat,
      this.#floats(weights.shape, weights.values),
      ...(bias ? [this.#floats([bias.length], bias)] : []),
    ]);
  }

  /**
   * The model as an ONNX file whose input is `input` and whose output is `output`.
   * @param last the value that becomes the output.
   */
  finish(
    last: Value,
    about: {
      readonly name: string;
      readonly docString: string;
      readonly input: readonly (number | string)[];
      readonly output: readonly (number | string)[];
    },
  ): Uint8Array {
    return encodeModel({
      name: about.name,
      docString: about.docString,
      node: this.#nodes.map((node) => ({
        ...node,
        output: node.output.map((name) => (name === last ? OUTPUT : name)),
      })),
      initializer: this.#constants,
      input: [{ name: INPUT, shape: about.input }],
      output: [{ name: OUTPUT, shape: about.output }],
    });
  }

  #node(opType: string, input: readonly Value[], attribute: readonly AttributeProto[] = []): Value {
    const name = `${opType}_${this.#nodes.length}`;
    this.#nodes.push({ name, opType, input, output: [name], attribute });
    return name;
  }

  #floats(dims: readonly number[], values: ArrayLike<number>): Value {
    const rawData = new DataView(new ArrayBuffer(values.length * 4));
    for (let index = 0; index < values.length; index += 1)
      rawData.setFloat32(index * 4, values[index] ?? Number.NaN, true);
    return this.#constant(dims, ELEMENT.float32, rawData);
  }

  #sizes(values: readonly number[]): Value {
    const rawData = new DataView(new ArrayBuffer(values.length * 8));
    for (const [index, value] of values.entries()) rawData.setBigInt64(index * 8, BigInt(value), true);
    return this.#constant([values.length], ELEMENT.int64, rawData);
  }

  #constant(dims: readonly number[], dataType: number, { buffer }: DataView<ArrayBuffer>): Value {
    const name = `weights_${this.#constants.length}`;
    this.#constants.push({ name, dims, dataType, rawData: new Uint8Array(buffer) });
    return name;
  }
}

const int = (name: string, i: number): AttributeProto => ({ name, type: ATTRIBUTE.int, i });
const float = (name: string, f: number): AttributeProto => ({ name, type: ATTRIBUTE.float, f });
const ints = (name: string, values: readonly number[]): AttributeProto => ({
  name,
  type: ATTRIBUTE.ints,
  ints: values,
});
