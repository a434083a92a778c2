/**
 * The smallest ONNX model: y = matrix · probe. Its shapes are free, so one session serves every gallery.
 *
 * Field numbers: onnx.proto3 of ONNX 1.19.
 */
import { bytesField, messageOf, varint } from '../../../vision/onnx/wire.js';

const FLOAT = 1;
const IR_VERSION = 8;
const OPERATOR_SET = 17;

/** Inputs `matrix` float32 [N, D] and `probe` float32 [D, 1]; output `product` float32 [N, 1]. */
export function productModel(): Uint8Array {
  const node = messageOf([
    bytesField(1, 'matrix'),
    bytesField(1, 'probe'),
    bytesField(2, 'product'),
    bytesField(4, 'MatMul'),
  ]);
  const graph = messageOf([
    bytesField(1, node),
    bytesField(2, 'search'),
    bytesField(11, value('matrix', [named('N'), named('D')])),
    bytesField(11, value('probe', [named('D'), fixed(1)])),
    bytesField(12, value('product', [named('N'), fixed(1)])),
  ]);
  return messageOf([
    varint(1, IR_VERSION),
    bytesField(7, graph),
    bytesField(8, messageOf([bytesField(1, ''), varint(2, OPERATOR_SET)])),
  ]);
}

const fixed = (size: number): Uint8Array => messageOf([varint(1, size)]);
const named = (name: string): Uint8Array => messageOf([bytesField(2, name)]);

function value(name: string, dims: readonly Uint8Array[]): Uint8Array {
  const shape = messageOf(dims.map((dim) => bytesField(1, dim)));
  const tensor = messageOf([varint(1, FLOAT), bytesField(2, shape)]);
  return messageOf([bytesField(1, name), bytesField(2, messageOf([bytesField(1, tensor)]))]);
}
