/** Faces in a picture for tests of tracking. */
import type { Face } from '../../../src/vision/detection/face.js';

/** @param x, y of the centre. */
export function faceAt(x: number, y: number, side = 60, score = 0.9): Face {
  const point = (right: number, down: number) => ({ x: x + right * side, y: y + down * side });
  return {
    box: { x: x - side / 2, y: y - side * 0.6, width: side, height: side * 1.2 },
    score,
    points: [point(-0.2, -0.1), point(0.2, -0.1), point(0, 0.1), point(-0.15, 0.3), point(0.15, 0.3)],
  };
}
