/**
 * Edits a network's graph before it is loaded: it takes the picture itself, and PRelu becomes what ONNX Runtime computes faster.
 * Field numbers: onnx.proto3 of ONNX 1.19.
 */
import type { PictureInput } from '../ports/network.js';
import { bytesField, type Field, fieldsOf, messageOf, partOf, textOf, varint } from './wire.js';

const MODEL = { graph: 7 };
const GRAPH = { node: 1, initializer: 5, input: 11, output: 12, valueInfo: 13 };
const NODE = { input: 1, output: 2, name: 3, operator: 4, attribute: 5 };
const ATTRIBUTE = { name: 1, int: 3, ints: 8, type: 20 };
const ATTRIBUTE_INT = 2;
const ATTRIBUTE_INTS = 7;
const TENSOR = { dims: 1, type: 2, name: 8, raw: 9 };
const VALUE = { name: 1, type: 2 };
const TYPE = { tensor: 1 };
const TENSOR_TYPE = { element: 1, shape: 2 };
const SHAPE = { dim: 1 };
const FLOAT = 1;
const UINT8 = 2;

/** Name of the input that takes the picture. */
const PICTURE = 'picture';

/**
 * Lets a network take the picture itself: uint8, rows of bgr pixels, instead of planes of prepared floats. Cast, layout, channel
 * order, mean and scale become the graph's first nodes, which ONNX Runtime does several times faster than a loop in JavaScript.
 *
 * The model gets one input `picture`, uint8 [N, height, width, 3] in bgr, in place of its own float32 [N, 3, height, width].
 * @param model an ONNX file's bytes.
 * @returns undefined when the model does not have exactly one input of four dimensions.
 */
export function takingPictures(model: Uint8Array, pictureInput: PictureInput): Uint8Array | undefined {
  const outer = fieldsOf(model);
  const graph = fieldsOf(partOf(outer, MODEL.graph) ?? new Uint8Array());
  const weights = new Set(
    graph.filter(({ number }) => number === GRAPH.initializer).map((field) => nameOf(field, TENSOR.name)),
  );
  // Before ONNX IR 4 every weight is listed as an input too.
  const isPicture = (field: Field) => field.number === GRAPH.input && !weights.has(nameOf(field, VALUE.name));
  const [input, ...more] = graph.filter(isPicture);
  if (input === undefined || more.length > 0) return undefined;
  const dims = dimsOf(input);
  if (dims.length !== 4) return undefined;
  const [batch, , height, width] = dims as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];

  const free = pictureInput.size === 'free';
  const size = free ? [UNKNOWN, UNKNOWN] : [height, width];
  const { nodes, constants } = preparation(nameOf(input, VALUE.name), pictureInput);
  const rest = graph
    .filter((field) => !isPicture(field))
    // Shapes noted for one size would contradict every other.
    .filter(({ number }) => !(free && number === GRAPH.valueInfo))
    .map((field) => (free && field.number === GRAPH.output ? withoutShape(field) : field));
  const edited = messageOf([
    ...nodes,
    bytesField(GRAPH.input, pictureValue([batch, ...size, messageOf([varint(1, 3)])])),
    ...constants,
    ...rest,
  ]);
  return messageOf(
    outer.map((field) => (field.number === MODEL.graph ? bytesField(MODEL.graph, edited) : field)),
  );
}

/**
 * Writes PRelu as what it is, max(x, slope·x), wherever its slopes allow that.
 *
 * ONNX Runtime's own PRelu branches on the sign of each number, and on pictures the processor guesses wrong half of the
 * time (measured: MiniFASNet took 4.3 ms for a picture and 2.7 ms for a grey square).
 * @param model an ONNX file's bytes.
 * @returns the same model where there is nothing to do.
 */
export function withPlainPrelu(model: Uint8Array): Uint8Array {
  const outer = fieldsOf(model);
  const graph = fieldsOf(partOf(outer, MODEL.graph) ?? new Uint8Array());
  const weights = new Map(
    graph.flatMap(({ number, value }) => {
      if (number !== GRAPH.initializer || typeof value === 'number') return [];
      const tensor = fieldsOf(value);
      return [[textOf(tensor, TENSOR.name), tensor] as const];
    }),
  );
  let changed = false;
  const nodes = graph.flatMap((field): readonly Field[] => {
    const plain = field.number === GRAPH.node ? plainOf(field, weights) : undefined;
    changed ||= plain !== undefined;
    return plain ?? [field];
  });
  if (!changed) return model;
  return messageOf(
    outer.map((field) => (field.number === MODEL.graph ? bytesField(MODEL.graph, messageOf(nodes)) : field)),
  );
}

function plainOf(
  { value }: Field,
  weights: ReadonlyMap<string, readonly Field[]>,
): readonly Field[] | undefined {
  if (typeof value === 'number') return undefined;
  const fields = fieldsOf(value);
  if (textOf(fields, NODE.operator) !== 'PRelu') return undefined;
  const [x, slope] = fields
    .filter(({ number }) => number === NODE.input)
    .map((field) => Buffer.from(field.value as Uint8Array).toString('utf8'));
  const output = textOf(fields, NODE.output);
  if (x === undefined || slope === undefined || !isAtMostOne(weights.get(slope))) return undefined;
  return [node('Mul', [x, slope], `${output}/sloped`, []), node('Max', [x, `${output}/sloped`], output, [])];
}

/** Only then is the larger of x and slope·x the one that PRelu gives. */
function isAtMostOne(tensor: readonly Field[] | undefined): boolean {
  const raw = tensor === undefined ? undefined : partOf(tensor, TENSOR.raw);
  const isFloat = tensor?.some(({ number, value }) => number === TENSOR.type && isVarint(value, FLOAT));
  if (raw === undefined || isFloat !== true || raw.length === 0) return false;
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  for (let at = 0; at + 4 <= raw.length; at += 4) if (!(view.getFloat32(at, true) <= 1)) return false;
  return true;
}

const isVarint = (value: Field['value'], wanted: number): boolean =>
  typeof value === 'number' ? value === wanted : value.length === 1 && value[0] === wanted;

/** A dimension without a size. */
const UNKNOWN = new Uint8Array();

/** The nodes that turn `picture` into the network's own input. */
function preparation(
  target: string,
  { order, mean, scale }: PictureInput,
): { readonly nodes: readonly Field[]; readonly constants: readonly Field[] } {
  const plain = mean.every((value) => value === 0) && scale.every((value) => value === 1);
  const planes = node('Transpose', [PICTURE], 'picture/planes', [ints('perm', [0, 3, 1, 2])]);
  if (plain && order === 'bgr')
    return { nodes: [planes, node('Cast', ['picture/planes'], target, [int('to', FLOAT)])], constants: [] };
  const cast = node('Cast', ['picture/planes'], 'picture/float', [int('to', FLOAT)]);
  // A convolution of one pixel orders, shifts and scales the channels in one go.
  const fed = node('Conv', ['picture/float', 'picture/kernel', 'picture/bias'], target, []);
  const kernel = [0, 1, 2].flatMap((to) =>
    [0, 1, 2].map((from) => (from === (order === 'bgr' ? to : 2 - to) ? 1 / (scale[to] ?? 1) : 0)),
  );
  const bias = [0, 1, 2].map((to) => -(mean[to] ?? 0) / (scale[to] ?? 1));
  return {
    nodes: [planes, cast, fed],
    constants: [tensor('picture/kernel', [3, 3, 1, 1], kernel), tensor('picture/bias', [3], bias)],
  };
}

const node = (
  operator: string,
  inputs: readonly string[],
  output: string,
  attributes: readonly Field[],
): Field =>
  bytesField(
    GRAPH.node,
    messageOf([
      ...inputs.map((name) => bytesField(NODE.input, name)),
      bytesField(NODE.output, output),
      bytesField(NODE.name, `${output}/${operator}`),
      bytesField(NODE.operator, operator),
      ...attributes,
    ]),
  );

const int = (name: string, value: number): Field =>
  bytesField(
    NODE.attribute,
    messageOf([
      bytesField(ATTRIBUTE.name, name),
      varint(ATTRIBUTE.int, value),
      varint(ATTRIBUTE.type, ATTRIBUTE_INT),
    ]),
  );

const ints = (name: string, values: readonly number[]): Field =>
  bytesField(
    NODE.attribute,
    messageOf([
      bytesField(ATTRIBUTE.name, name),
      ...values.map((value) => varint(ATTRIBUTE.ints, value)),
      varint(ATTRIBUTE.type, ATTRIBUTE_INTS),
    ]),
  );

function tensor(name: string, dims: readonly number[], values: readonly number[]): Field {
  const raw = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) raw.writeFloatLE(value, index * 4);
  const fields = [...dims.map((dim) => varint(TENSOR.dims, dim)), varint(TENSOR.type, FLOAT)];
  return bytesField(
    GRAPH.initializer,
    messageOf([...fields, bytesField(TENSOR.name, name), bytesField(TENSOR.raw, raw)]),
  );
}

const pictureValue = (dims: readonly Uint8Array[]): Uint8Array => {
  const shape = messageOf(dims.map((dim) => bytesField(SHAPE.dim, dim)));
  const type = messageOf([varint(TENSOR_TYPE.element, UINT8), bytesField(TENSOR_TYPE.shape, shape)]);
  return messageOf([
    bytesField(VALUE.name, PICTURE),
    bytesField(VALUE.type, messageOf([bytesField(TYPE.tensor, type)])),
  ]);
};

function withoutShape(output: Field): Field {
  const type = messageOf([varint(TENSOR_TYPE.element, FLOAT)]);
  const name = nameOf(output, VALUE.name);
  return bytesField(
    GRAPH.output,
    messageOf([
      bytesField(VALUE.name, name),
      bytesField(VALUE.type, messageOf([bytesField(TYPE.tensor, type)])),
    ]),
  );
}

const inside = ({ value }: Field): Field[] => (typeof value === 'number' ? [] : fieldsOf(value));

const nameOf = (field: Field, number: number): string => textOf(inside(field), number);

function dimsOf(value: Field): readonly Uint8Array[] {
  const type = fieldsOf(partOf(inside(value), VALUE.type) ?? UNKNOWN);
  const tensorType = fieldsOf(partOf(type, TYPE.tensor) ?? UNKNOWN);
  const shape = fieldsOf(partOf(tensorType, TENSOR_TYPE.shape) ?? UNKNOWN);
  return shape.flatMap(({ number, value: dim }) =>
    number === SHAPE.dim && typeof dim !== 'number' ? [dim] : [],
  );
}
