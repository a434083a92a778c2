/** A network of one layer, written by hand: `output` = ReLU(`input`), float32 [N,3,height,width]. */
import { bytesField, messageOf, varint } from '../../../src/vision/onnx/wire.js';

/** @param batch 0 for any number. */
export function reluModel({ height = 2, width = 2, batch = 1, rank = 4 } = {}): Uint8Array {
  const dims = [batch, 3, height, width].slice(0, rank);
  const value = (name: string) =>
    messageOf([
      bytesField(1, name),
      bytesField(
        2,
        messageOf([
          bytesField(
            1,
            messageOf([
              varint(1, 1),
              bytesField(
                2,
                messageOf(
                  dims.map((dim) =>
                    bytesField(1, messageOf([dim === 0 ? bytesField(2, 'any') : varint(1, dim)])),
                  ),
                ),
              ),
            ]),
          ),
        ]),
      ),
    ]);
  const node = messageOf([
    bytesField(1, 'input'),
    bytesField(2, 'output'),
    bytesField(3, 'relu'),
    bytesField(4, 'Relu'),
  ]);
  const graph = messageOf([
    bytesField(1, node),
    bytesField(2, 'sample'),
    bytesField(11, value('input')),
    bytesField(12, value('output')),
  ]);
  return messageOf([
    varint(1, 8),
    bytesField(7, graph),
    bytesField(8, messageOf([bytesField(1, ''), varint(2, 13)])),
  ]);
}
