/** Describes a detected face, and chooses among several: non-maximum suppression, prominence. */
import { type Box, centreOf, distanceBetween, overlap, type Point, type Size } from '../geometry.js';

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

/**
 * The best of each heap of boxes that mean the same face, best first (greedy non-maximum suppression).
 * @param maxOverlap two boxes that share more than this (intersection over union) are one face.
 */
export function suppressNonMaxima<Found extends { readonly box: Box; readonly score: number }>(
  found: readonly Found[],
  maxOverlap: number,
): readonly Found[] {
  const kept: Found[] = [];
  for (const candidate of found.toSorted((a, b) => b.score - a.score))
    if (kept.every(({ box }) => overlap(box, candidate.box) <= maxOverlap)) kept.push(candidate);
  return kept;
}

/**
 * The distance of the eyes in pixels, less towards the corners: (1 - r)^2 with r from 0 in the middle of the picture to 1
 * in a corner. A photographer puts the person into the middle; a bystander may be nearer to the camera.
 */
function prominenceOf(face: Face, { width, height }: Size): number {
  const middle = { x: width / 2, y: height / 2 };
  const r = Math.min(1, distanceBetween(centreOf(face.box), middle) / Math.hypot(middle.x, middle.y));
  return interOcular(face.points) * (1 - r) ** 2;
}

/** Ranks faces by how likely the photograph is of them, the most likely first. */
export const byProminence = (faces: readonly Face[], picture: Size): readonly Face[] =>
  faces.toSorted((a, b) => prominenceOf(b, picture) - prominenceOf(a, picture));
