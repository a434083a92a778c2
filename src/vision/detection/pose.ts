import type { Point } from '../frame/geometry.js';
import type { FivePoints } from './face.js';

/** How a head is turned, from five points alone: rough, but monotonous in the angle. */
export interface Pose {
  /** Left and right in the picture: 0 frontal; at about ±0.5 the nose is below an eye. */
  readonly turn: number;
  /** Up and down: where the nose is on the way from the eyes (0) to the mouth (1); about 0.55 when frontal. */
  readonly nod: number;
  /** Rotation in the picture, in degrees, -180..180. */
  readonly roll: number;
  /** Distance of the eyes over that from the eyes to the mouth: about 0.95 when frontal, less in profile. */
  readonly breadth: number;
}

/** NaN where points coincide. */
export function poseOf([right, left, nose, mouthRight, mouthLeft]: FivePoints): Pose {
  const eyes = middle(right, left);
  const mouth = middle(mouthRight, mouthLeft);
  const across = { x: left.x - right.x, y: left.y - right.y };
  const down = { x: mouth.x - eyes.x, y: mouth.y - eyes.y };
  const toNose = { x: nose.x - eyes.x, y: nose.y - eyes.y };
  // The nose in the skewed axes of the face itself, so that roll takes no part.
  const area = across.x * down.y - across.y * down.x;
  return {
    turn: (toNose.x * down.y - toNose.y * down.x) / area,
    nod: (across.x * toNose.y - across.y * toNose.x) / area,
    roll: (Math.atan2(across.y, across.x) * 180) / Math.PI,
    breadth: Math.hypot(across.x, across.y) / Math.hypot(down.x, down.y),
  };
}

const middle = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
