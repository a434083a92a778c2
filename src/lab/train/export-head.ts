/** A head for other programs: as ONNX, and only when ONNX Runtime makes of it what the product itself does. */
import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { TwinstileError } from '../../base/errors.js';
import { applyHead } from '../../biometrics/head/apply-head.js';
import type { Crowd } from '../../biometrics/head/crowd-context.js';
import type { Head, Side } from '../../biometrics/head/head.js';
import type { Matrix } from '../../biometrics/head/matrix.js';
import { loadNetwork } from '../../vision/onnx/onnx-network.js';
import { bytesField, type Field, messageOf, varint } from '../../vision/onnx/wire.js';

interface Exported {
  readonly file: string;
  /** Largest difference of one number between ONNX Runtime and the plain product. */
  readonly off: number;
}

/** Float32 sums in another order; outputs have lengths of about 1. */
const TOLERANCE = 1e-4;

/**
 * One file when both sides are one function; else `NAME.template.onnx` and `NAME.live.onnx`.
 * @param trunk vectors to try it with, at least one.
 * @throws TwinstileError 'head-refused' when it cannot be written or comes out different; nothing is left behind then.
 */
export async function exportHead(
  head: Head,
  file: string,
  trunk: readonly Float32Array[],
): Promise<readonly Exported[]> {
  const isOne = head.template === head.live && head.crowd === undefined;
  const { dir, name } = path.parse(path.resolve(file));
  const exported: Exported[] = [];
  for (const side of isOne ? (['live'] as const) : (['template', 'live'] as const)) {
    const to = isOne ? path.resolve(file) : path.join(dir, `${name}.${side}.onnx`);
    exported.push({ file: to, off: await exportSide(head, side, to, trunk) });
  }
  return exported;
}

async function exportSide(
  head: Head,
  side: Side,
  file: string,
  trunk: readonly Float32Array[],
): Promise<number> {
  const beside = `${file}.${process.pid}.new`;
  try {
    await writeFile(beside, headModel(head, side)).catch((cause: unknown) => {
      throw refused(`to write ${file}`, 'a failure', 'Name a file in a folder that can be written.', cause);
    });
    const off = await farthestOff(head, side, beside, trunk);
    if (!(off <= TOLERANCE))
      throw refused(
        `ONNX Runtime to compute what the head does, to ${TOLERANCE}`,
        `${off}`,
        'Use the head file; report this with it.',
      );
    await rename(beside, file);
    return off;
  } finally {
    await rm(beside, { force: true });
  }
}

/** @returns NaN when one of them is no number. */
async function farthestOff(
  head: Head,
  side: Side,
  model: string,
  trunk: readonly Float32Array[],
): Promise<number> {
  const network = await loadNetwork(model, { threads: 1, provider: 'cpu' });
  try {
    const data = new Float32Array(trunk.length * head.dimension);
    trunk.forEach((vector, row) => {
      data.set(vector, row * head.dimension);
    });
    const shape = [trunk.length, head.dimension];
    const { projected } = await network.run({ trunk: { type: 'float32', data, shape } });
    let off = trunk.length > 0 ? 0 : Number.NaN;
    trunk.forEach((vector, row) => {
      applyHead(head, side, vector).forEach((value, i) => {
        const away = Math.abs(value - (projected?.data[row * head.outputs + i] ?? Number.NaN));
        if (!(away <= off)) off = away;
      });
    });
    return off;
  } finally {
    await network.close();
  }
}

const refused = (expected: string, got: string, hint: string, cause?: unknown): TwinstileError =>
  new TwinstileError({
    code: 'head-refused',
    message: `Expected ${expected}, got ${got}.`,
    hint,
    cause,
  });

const FLOAT = 1;
const IR_VERSION = 8;
/** Reductions still take their axes as an attribute. */
const OPERATOR_SET = 17;
/** Values of AttributeProto.AttributeType. */
const INT = 2;
const INTS = 7;

/**
 * Exports one side of a head as an ONNX model: `trunk` float32 [N, dimension] -> `projected` float32 [N, outputs].
 *
 * For programs that compare elsewhere, or put the head behind the encoder in one graph. Field numbers: onnx.proto3 of ONNX 1.19.
 */
function headModel(head: Head, side: Side): Uint8Array {
  const draft = new Draft();
  const { unitInput, centre, linear, bend, unitOutput } = head[side];
  let input = 'trunk';
  if (unitInput) input = draft.unit(input);
  if (centre !== undefined) input = draft.node('Sub', [input, draft.numbers([1, centre.length], centre)]);
  let output = linear === undefined ? input : draft.times(input, linear);
  if (bend !== undefined) {
    const hidden = draft.node('Relu', [draft.times(input, bend.hidden, bend.bias)]);
    output = draft.node('Add', [output, draft.times(hidden, bend.out)]);
  }
  if (unitOutput) output = draft.unit(output);
  if (head.crowd !== undefined) output = draft.among(output, head.crowd, side);
  return draft.finish(output, head);
}

class Draft {
  readonly #nodes: Field[] = [];
  readonly #constants: Field[] = [];

  node(kind: string, inputs: readonly string[], attributes: readonly Uint8Array[] = []): string {
    const name = `${kind.toLowerCase()}_${this.#nodes.length}`;
    const node = messageOf([
      ...inputs.map((input) => bytesField(1, input)),
      bytesField(2, name),
      bytesField(4, kind),
      ...attributes.map((attribute) => bytesField(5, attribute)),
    ]);
    this.#nodes.push(bytesField(1, node));
    return name;
  }

  numbers(shape: readonly number[], values: Float32Array): string {
    const name = `weights_${this.#constants.length}`;
    const bytes = new DataView(new ArrayBuffer(values.length * 4));
    values.forEach((value, i) => {
      bytes.setFloat32(i * 4, value, true);
    });
    const tensor = messageOf([
      ...shape.map((size) => varint(1, size)),
      varint(2, FLOAT),
      bytesField(8, name),
      bytesField(9, new Uint8Array(bytes.buffer)),
    ]);
    this.#constants.push(bytesField(5, tensor));
    return name;
  }

  times(input: string, { rows, columns, data }: Matrix, bias?: Float32Array): string {
    const weights = [this.numbers([rows, columns], data)];
    if (bias !== undefined) weights.push(this.numbers([rows], bias));
    return this.node('Gemm', [input, ...weights], [int('transB', 1)]);
  }

  unit(input: string): string {
    return this.node('Div', [input, this.node('ReduceL2', [input], perRow())]);
  }

  among(unit: string, { places, shares, sharpness }: Crowd, side: Side): string {
    const sharp = this.numbers([1], Float32Array.of(sharpness));
    const logs = this.numbers([1, shares.length], shares.map(Math.log));
    const cosines = this.times(unit, places);
    const exponents = this.node('Add', [this.node('Mul', [cosines, sharp]), logs]);
    const crowding = this.node('Div', [this.node('ReduceLogSumExp', [exponents], perRow()), sharp]);
    const above = this.node('Add', [crowding, this.numbers([1], Float32Array.of(1))]);
    const own = this.node('Sqrt', [this.node('Relu', [above])]);
    const none = this.node('Sub', [own, own]);
    const slots = side === 'template' ? [own, none] : [none, own];
    return this.node('Concat', [unit, ...slots], [int('axis', 1)]);
  }

  finish(last: string, { dimension, outputs }: Head): Uint8Array {
    const named = messageOf([bytesField(1, last), bytesField(2, 'projected'), bytesField(4, 'Identity')]);
    const graph = messageOf([
      ...this.#nodes,
      bytesField(1, named),
      bytesField(2, 'head'),
      ...this.#constants,
      bytesField(11, value('trunk', dimension)),
      bytesField(12, value('projected', outputs)),
    ]);
    return messageOf([
      varint(1, IR_VERSION),
      bytesField(2, 'twinstile'),
      bytesField(7, graph),
      bytesField(8, messageOf([bytesField(1, ''), varint(2, OPERATOR_SET)])),
    ]);
  }
}

const int = (name: string, to: number): Uint8Array =>
  messageOf([bytesField(1, name), varint(3, to), varint(20, INT)]);

const perRow = (): readonly Uint8Array[] => [
  messageOf([bytesField(1, 'axes'), varint(8, 1), varint(20, INTS)]),
  int('keepdims', 1),
];

/** float32 [N, size] */
function value(name: string, size: number): Uint8Array {
  const shape = messageOf([
    bytesField(1, messageOf([bytesField(2, 'N')])),
    bytesField(1, messageOf([varint(1, size)])),
  ]);
  const tensor = messageOf([varint(1, FLOAT), bytesField(2, shape)]);
  return messageOf([bytesField(1, name), bytesField(2, messageOf([bytesField(1, tensor)]))]);
}
