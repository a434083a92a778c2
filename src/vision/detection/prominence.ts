/** Ranks faces by how likely the photograph is of them. */
import { centreOf, distanceBetween, type Size } from '../frame/geometry.js';
import { type Face, interOcular } from './face.js';

/**
 * The distance of the eyes in pixels, less towards the corners: (1 - r)^2 with r from 0 in the middle of the picture to 1
 * in a corner. A photographer puts the person into the middle; a bystander may be nearer to the camera.
 */
function prominenceOf(face: Face, { width, height }: Size): number {
  const middle = { x: width / 2, y: height / 2 };
  const r = Math.min(1, distanceBetween(centreOf(face.box), middle) / Math.hypot(middle.x, middle.y));
  return interOcular(face.points) * (1 - r) ** 2;
}

/** The one whom the photograph is most likely of comes first. */
export const byProminence = (faces: readonly Face[], picture: Size): readonly Face[] =>
  faces.toSorted((a, b) => prominenceOf(b, picture) - prominenceOf(a, picture));
