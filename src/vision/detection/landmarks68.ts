/**
 * Where are the eyes, the nose and the mouth in a face box? Asked of face-api's 68-landmark network.
 *
 * The network (`landmarks68.onnx`): `input` float32 NCHW [N,3,112,112], RGB, 0..255, no mean, no scale (both are in the
 * graph). `output` float32 [N,136]: x and y of 68 points in turn, 0..1 of the crop's width and height. The points
 * are those of the iBUG 300-W annotation: 0-16 jaw, 17-26 brows, 27-35 nose, 36-47 eyes, 48-67 mouth.
 */
import { type Box, centreOf, type Point } from '../geometry.js';
import type { FivePoints } from './face.js';

/**
 * The square to cut out of the frame for a detected face, in pixels of the frame; it may reach beyond the frame, where
 * the crop must be 0. The same place and scale as in face-api, which cuts out the box and pads its shorter side.
 */
export function landmarkCrop(box: Box): Box {
  const side = Math.max(box.width, box.height);
  const { x, y } = centreOf(box);
  return { x: x - side / 2, y: y - side / 2, width: side, height: side };
}

/**
 * The 68 points in pixels of the frame.
 *
 * @param landmarks the network's 136 numbers, x and y in turn, 0..1 of the crop.
 * @param crop where in the frame the network's input was cut out.
 * @throws RangeError when there are not 136 numbers.
 */
export function pointsOf(landmarks: Float32Array, crop: Box): readonly Point[] {
  if (landmarks.length !== 136)
    throw new RangeError(`Expected 136 numbers for 68 landmarks, got ${landmarks.length}.`);
  return Array.from({ length: 68 }, (_, index) => ({
    x: crop.x + (landmarks[2 * index] ?? Number.NaN) * crop.width,
    y: crop.y + (landmarks[2 * index + 1] ?? Number.NaN) * crop.height,
  }));
}

/**
 * The five points an encoder is aligned by, in pixels of the frame: eye centres (mean of six points each), nose tip
 * (point 30, the one of dlib's mean shape), mouth corners (48 and 54).
 *
 * @param landmarks the network's 136 numbers. @param crop where in the frame its input was cut out.
 * @throws RangeError when there are not 136 numbers.
 */
export function fivePointsOf(landmarks: Float32Array, crop: Box): FivePoints {
  const points = pointsOf(landmarks, crop);
  return [
    meanOf(points.slice(36, 42)),
    meanOf(points.slice(42, 48)),
    meanOf(points.slice(30, 31)),
    meanOf(points.slice(48, 49)),
    meanOf(points.slice(54, 55)),
  ];
}

const meanOf = (points: readonly Point[]): Point => ({
  x: points.reduce((sum, { x }) => sum + x, 0) / points.length,
  y: points.reduce((sum, { y }) => sum + y, 0) / points.length,
});
