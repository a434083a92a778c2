/**
 * The smallest ONNX model: y = matrix · probe. Its shapes are free, so one session serves every gallery.
 *
 * Field numbers: onnx.proto3 of ONNX 1.19.
 */
import { messageOf, part, whole } from '../../../vision/onnx/wire.js';

const FLOAT = 1;
const IR_VERSION = 8;
const OPERATOR_SET = 17;

/** Inputs `matrix` float32 [N, D] and `probe` float32 [D, 1]; output `product` float32 [N, 1]. */
export function productModel(): Uint8Array {
  const node = messageOf([part(1, 'matrix'), part(1, 'probe'), part(2, 'product'), part(4, 'MatMul')]);
  const graph = messageOf([
    part(1, node),
    part(2, 'search'),
    part(11, value('matrix', [named('N'), named('D')])),
    part(11, value('probe', [named('D'), fixed(1)])),
    part(12, value('product', [named('N'), fixed(1)])),
  ]);
  return messageOf([
    whole(1, IR_VERSION),
    part(7, graph),
    part(8, messageOf([part(1, ''), whole(2, OPERATOR_SET)])),
  ]);
}

const fixed = (size: number): Uint8Array => messageOf([whole(1, size)]);
const named = (name: string): Uint8Array => messageOf([part(2, name)]);

function value(name: string, dims: readonly Uint8Array[]): Uint8Array {
  const shape = messageOf(dims.map((dim) => part(1, dim)));
  const tensor = messageOf([whole(1, FLOAT), part(2, shape)]);
  return messageOf([part(1, name), part(2, messageOf([part(1, tensor)]))]);
}
