import type { Box, Point } from '../frame/geometry.js';

/**
 * Five landmarks in pixels of the frame: the person's right eye, left eye, nose tip, right and left mouth corner
 * (the right eye is the left one in the picture).
 */
export type FivePoints = readonly [Point, Point, Point, Point, Point];

/** One face in one frame. */
export interface Face {
  readonly box: Box;
  /** The detector's confidence, 0..1. */
  readonly score: number;
  readonly points: FivePoints;
}

/** Distance between the eye centres, in pixels of the frame: the field's measure of a face's size. */
export const interOcular = ([right, left]: FivePoints): number =>
  Math.hypot(right.x - left.x, right.y - left.y);

/** The face in pixels that are `factor` times as many. @param factor above 0. */
export function scaled({ box, score, points }: Face, factor: number): Face {
  const move = ({ x, y }: Point): Point => ({ x: x * factor, y: y * factor });
  const [right, left, nose, mouthRight, mouthLeft] = points;
  return {
    box: { ...move(box), width: box.width * factor, height: box.height * factor },
    score,
    points: [move(right), move(left), move(nose), move(mouthRight), move(mouthLeft)],
  };
}
