/** What YuNet would say of given faces. */
import type { Face } from '../../../src/vision/detection/face.js';
import type { Size } from '../../../src/vision/geometry.js';

export const STRIDES = [8, 16, 32] as const;

/** Outputs of a network that sees nothing, then with what `write` puts in. */
export function yunetOutputs(
  size: Size,
  faces: readonly { readonly face: Face; readonly stride: 8 | 16 | 32 }[] = [],
) {
  const all: Record<string, { data: Float32Array }> = {};
  for (const stride of STRIDES) {
    const cells = (size.width / stride) * (size.height / stride);
    for (const [name, numbers] of [
      ['cls', 1],
      ['obj', 1],
      ['bbox', 4],
      ['kps', 10],
    ] as const)
      all[`${name}_${stride}`] = { data: new Float32Array(cells * numbers) };
  }
  const put = (name: string, at: number, values: readonly number[]) => all[name]?.data.set(values, at);
  for (const { face, stride } of faces) {
    const { box, score, points } = face;
    const columns = size.width / stride;
    const [x, y] = [(box.x + box.width / 2) / stride, (box.y + box.height / 2) / stride];
    const [column, row] = [Math.floor(x), Math.floor(y)];
    const cell = row * columns + column;
    // score = sqrt(cls·obj)
    put(`cls_${stride}`, cell, [score]);
    put(`obj_${stride}`, cell, [score]);
    put(`bbox_${stride}`, cell * 4, [
      x - column,
      y - row,
      Math.log(box.width / stride),
      Math.log(box.height / stride),
    ]);
    put(
      `kps_${stride}`,
      cell * 10,
      points.flatMap((point) => [point.x / stride - column, point.y / stride - row]),
    );
  }
  return all;
}

export function faceAt(x: number, y: number, width: number, height: number, score: number): Face {
  const point = (right: number, down: number) => ({ x: x + right * width, y: y + down * height });
  return {
    box: { x, y, width, height },
    score,
    points: [point(0.3, 0.4), point(0.7, 0.4), point(0.5, 0.6), point(0.35, 0.8), point(0.65, 0.8)],
  };
}
