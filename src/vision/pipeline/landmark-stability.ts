/**
 * Measures how far a face's landmarks move when the network is given the face a little otherwise.
 *
 * A landmark network places plausible points on whatever it is shown. On a face as it was trained on, it finds the same points in a crop
 * that is moved, grown or turned a little; on one that is upside down the points go with the crop.
 */
import { landmarkCrop, pointsOf } from '../detection/landmarks68.js';
import { type Box, centreOf, distanceBetween, type Point } from '../frame/geometry.js';
import type { Network } from '../ports/network.js';
import type { Picture } from '../ports/picture.js';

/** Width and height that the network takes. */
const SIDE = 112;
/** Growth, way to the right and down as shares of the crop, turn in radians. */
const NUDGES = [
  { grown: 1.12, right: 0, down: 0, turned: 0 },
  { grown: 1, right: 0.06, down: 0.04, turned: 0 },
  { grown: 1, right: 0, down: 0, turned: 0.2 },
  { grown: 1, right: 0, down: 0, turned: -0.2 },
] as const;
const UNMOVED = { grown: 1, right: 0, down: 0, turned: 0 };

/**
 * How far the landmarks move in the picture, as a share of the face's box: the mean of all of them over some nudges of the crop.
 * @param roll of the face in radians, as its eyes lie; it is turned back first. NaN for a broken box.
 * @throws TwinstileError 'model-failed'; RangeError for an output of another shape.
 */
export async function landmarksMove(
  picture: Picture,
  box: Box,
  roll: number,
  landmarks: Network,
): Promise<number> {
  const before = await pointsIn(picture, { box, roll }, UNMOVED, landmarks);
  let sum = 0;
  for (const nudge of NUDGES) {
    const after = await pointsIn(picture, { box, roll }, nudge, landmarks);
    for (const [index, point] of after.entries())
      sum += distanceBetween(point, before[index] ?? { x: Number.NaN, y: Number.NaN });
  }
  return sum / (NUDGES.length * before.length * landmarkCrop(box).width);
}

/** In pixels of the picture. */
async function pointsIn(
  picture: Picture,
  { box, roll }: { readonly box: Box; readonly roll: number },
  { grown, right, down, turned }: typeof UNMOVED,
  landmarks: Network,
): Promise<readonly Point[]> {
  const crop = landmarkCrop(box);
  const scale = SIDE / (crop.width * grown);
  const [a, b] = [scale * Math.cos(turned - roll), scale * Math.sin(turned - roll)];
  const { x, y } = centreOf(crop);
  const centre = { x: x + right * crop.width, y: y + down * crop.width };
  const tx = SIDE / 2 - (a * centre.x - b * centre.y);
  const ty = SIDE / 2 - (b * centre.x + a * centre.y);
  const data = picture.warp({ a, b, tx, ty }, SIDE, SIDE);
  const outputs = await landmarks.run({ picture: { type: 'uint8', data, shape: [1, SIDE, SIDE, 3] } });
  const points = Object.values(outputs)[0]?.data ?? new Float32Array();
  const square = a * a + b * b;
  return pointsOf(points, { x: 0, y: 0, width: SIDE, height: SIDE }).map((point) => {
    const [u, v] = [point.x - tx, point.y - ty];
    return { x: (a * u + b * v) / square, y: (a * v - b * u) / square };
  });
}
