/** A network of one layer, written by hand: `output` = ReLU(`input`), float32 [N,3,height,width]. */
import { messageOf, part, whole } from '../../../src/vision/onnx/wire.js';

/** @param batch 0 for any number. */
export function reluModel({ height = 2, width = 2, batch = 1, rank = 4 } = {}): Uint8Array {
  const dims = [batch, 3, height, width].slice(0, rank);
  const value = (name: string) =>
    messageOf([
      part(1, name),
      part(
        2,
        messageOf([
          part(
            1,
            messageOf([
              whole(1, 1),
              part(
                2,
                messageOf(
                  dims.map((dim) => part(1, messageOf([dim === 0 ? part(2, 'any') : whole(1, dim)]))),
                ),
              ),
            ]),
          ),
        ]),
      ),
    ]);
  const node = messageOf([part(1, 'input'), part(2, 'output'), part(3, 'relu'), part(4, 'Relu')]);
  const graph = messageOf([
    part(1, node),
    part(2, 'sample'),
    part(11, value('input')),
    part(12, value('output')),
  ]);
  return messageOf([whole(1, 8), part(7, graph), part(8, messageOf([part(1, ''), whole(2, 13)]))]);
}
