/**
 * How is an ONNX model written as bytes?
 *
 * The part of onnx.proto3 (ONNX 1.12, IR version 8) that plain feed-forward networks need.
 */
import protobuf from 'protobufjs';

/** Values of AttributeProto.AttributeType. */
export const ATTRIBUTE = { float: 1, int: 2, ints: 7 } as const;
/** Values of TensorProto.DataType. */
export const ELEMENT = { float32: 1, int64: 7 } as const;

export interface AttributeProto {
  readonly name: string;
  readonly type: number;
  readonly f?: number;
  readonly i?: number;
  readonly ints?: readonly number[];
}

export interface NodeProto {
  readonly name: string;
  readonly opType: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly AttributeProto[];
}

export interface TensorProto {
  readonly name: string;
  readonly dims: readonly number[];
  readonly dataType: number;
  /** Little endian. */
  readonly rawData: Uint8Array;
}

/** An input or output: each size is a number, or a name when it is free. */
interface ValueProto {
  readonly name: string;
  readonly shape: readonly (number | string)[];
}

interface GraphProto {
  readonly name: string;
  /** Where the weights come from and on what terms. */
  readonly docString: string;
  readonly node: readonly NodeProto[];
  readonly initializer: readonly TensorProto[];
  readonly input: readonly ValueProto[];
  readonly output: readonly ValueProto[];
}

const IR_VERSION = 8;
const OPSET = 17;

const one = (type: string, id: number) => ({ type, id });
const many = (type: string, id: number) => ({ rule: 'repeated', type, id });

const MESSAGES = {
  ModelProto: {
    irVersion: one('int64', 1),
    producerName: one('string', 2),
    graph: one('GraphProto', 7),
    opsetImport: many('OperatorSetIdProto', 8),
  },
  OperatorSetIdProto: { domain: one('string', 1), version: one('int64', 2) },
  GraphProto: {
    node: many('NodeProto', 1),
    name: one('string', 2),
    initializer: many('TensorProto', 5),
    docString: one('string', 10),
    input: many('ValueInfoProto', 11),
    output: many('ValueInfoProto', 12),
  },
  NodeProto: {
    input: many('string', 1),
    output: many('string', 2),
    name: one('string', 3),
    opType: one('string', 4),
    attribute: many('AttributeProto', 5),
  },
  AttributeProto: {
    name: one('string', 1),
    f: one('float', 2),
    i: one('int64', 3),
    ints: many('int64', 8),
    type: one('int32', 20),
  },
  TensorProto: {
    dims: many('int64', 1),
    dataType: one('int32', 2),
    name: one('string', 8),
    rawData: one('bytes', 9),
  },
  ValueInfoProto: { name: one('string', 1), type: one('TypeProto', 2) },
  TypeProto: { tensorType: one('TensorTypeProto', 1) },
  TensorTypeProto: { elemType: one('int32', 1), shape: one('TensorShapeProto', 2) },
  TensorShapeProto: { dim: many('DimensionProto', 1) },
  DimensionProto: { dimValue: one('int64', 1), dimParam: one('string', 2) },
};

/** The same graph always gives the same bytes. */
export function encodeModel(graph: GraphProto): Uint8Array {
  const root = protobuf.Root.fromJSON({
    nested: Object.fromEntries(Object.entries(MESSAGES).map(([name, fields]) => [name, { fields }])),
  });
  const model = {
    irVersion: IR_VERSION,
    producerName: 'twinstile',
    graph: { ...graph, input: graph.input.map(valueInfo), output: graph.output.map(valueInfo) },
    opsetImport: [{ domain: '', version: OPSET }],
  };
  const message = root.lookupType('ModelProto');
  return message.encode(message.create(model)).finish();
}

const valueInfo = ({ name, shape }: ValueProto) => ({
  name,
  type: {
    tensorType: {
      elemType: ELEMENT.float32,
      shape: {
        dim: shape.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size })),
      },
    },
  },
});
