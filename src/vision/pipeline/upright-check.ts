/**
 * Checks that a face is upright, as its landmarks are.
 *
 * Detectors put plausible landmarks on faces that are upside down or on their side: YuNet finds eyes where the mouth is. Such a
 * face makes a vector that is near to those of other people upside down and far from the own face's. So the face is detected
 * again in four turns: a detector is surest of a face that is upright.
 */
import type { DetectorCard } from '../../biometrics/model-card.js';
import type { Face } from '../detection/face.js';
import { landmarkCrop, pointsOf } from '../detection/landmarks68.js';
import { decodeTinyFace } from '../detection/tiny-face.js';
import { decodeYunet } from '../detection/yunet.js';
import { type Box, centreOf, distanceBetween, type Point } from '../geometry.js';
import type { Network } from '../ports/network.js';
import type { Picture } from '../ports/picture.js';
import type { Models } from './load-models.js';

/** One detection of the face in each turn. */
interface FaceObservation {
  /** Of the square that the detector is shown, in pixels; a multiple of 32. */
  readonly side: number;
  /** Of the face's longer side in it. */
  readonly share: number;
}

/**
 * The sizes of face at which a detector separates turns best, measured on LFW. YuNet: of 97 upright faces 97 are proved,
 * and of 220 turned ones none.
 */
const ORIENTATIONS: Readonly<Record<DetectorCard['kind'], readonly FaceObservation[]>> = {
  yunet: [{ side: 128, share: 0.6 }],
  'tiny-face': [
    { side: 160, share: 0.45 },
    { side: 160, share: 0.35 },
  ],
};
/**
 * The tiny detector is less sure of turns, and finds faces where there are none: the less sure it is of a face with level eyes, the
 * stiller must its landmarks be (`landmarksMove`). Set on 80 people of LFW, 9 of the demonstration and the clips of the fixed
 * camera; score and move at the outside: upright 0.85 and 0.016, 0.87 and 0.030, 0.70 and 0.009; what is turned or no face and
 * surest as it is 0.43 and 0.030, 0.88 and 0.074, 0.74 and 0.035.
 */
const leastMeanScore = (move: number): number => 0.5 + 10 * move;
/** Cosine and sine of a quarter, a half and three quarters of a turn. */
const TURNS = [
  [0, 1],
  [-1, 0],
  [0, -1],
] as const;
/** A weaker detection is no evidence of a face. */
const LOWEST_SCORE = 0.05;
/** How far from the middle of the square the face may be found, as a share of its side. */
const NEAR = 0.25;

/**
 * @param face whose landmarks are upright, within what alignment turns.
 * @returns whether the detector is surer of it than of the same face in every other turn.
 * @throws TwinstileError 'model-failed'; RangeError for outputs of another shape.
 */
export async function isProvedUpright(picture: Picture, face: Face, models: Models): Promise<boolean> {
  const { landmarks } = models;
  const observations = ORIENTATIONS[models.card.detector.kind];
  // A head that is tilted is between two turns, of which the tiny detector does not always take the right one.
  const roll = landmarks === undefined ? 0 : rollOf(face);
  const scoreIn = async (cos: number, sin: number): Promise<number> => {
    let sum = 0;
    for (const seen of observations)
      sum += await scoreOf(picture, face, models, { ...seen, turn: turned([cos, sin], -roll) });
    return sum;
  };
  const upright = await scoreIn(1, 0);
  // Asked so that a NaN proves nothing.
  if (!(upright > 0)) return false;
  if (landmarks !== undefined) {
    const move = await landmarksMove(picture, face.box, roll, landmarks);
    if (!(upright >= leastMeanScore(move) * observations.length)) return false;
  }
  for (const [cos, sin] of TURNS) if (!(upright > (await scoreIn(cos, sin)))) return false;
  return true;
}

/** Of the line through the eyes, in radians: 0 when they are level. */
const rollOf = ({ points: [right, left] }: Face): number => Math.atan2(left.y - right.y, left.x - right.x);

/** @param turn cosine and sine. @param by in radians. */
const turned = ([cos, sin]: readonly [number, number], by: number): readonly [number, number] => [
  cos * Math.cos(by) - sin * Math.sin(by),
  sin * Math.cos(by) + cos * Math.sin(by),
];

/** Of the face in the middle of a square around it, turned; 0 when there is none. */
async function scoreOf(
  picture: Picture,
  { box }: Face,
  { card, detector }: Models,
  { side, share, turn: [cos, sin] }: FaceObservation & { readonly turn: readonly [number, number] },
): Promise<number> {
  const scale = (side * share) / Math.max(box.width, box.height);
  const [a, b] = [scale * cos, scale * sin];
  const { x, y } = centreOf(box);
  const middle = { x: side / 2, y: side / 2 };
  const similarity = { a, b, tx: middle.x - (a * x - b * y), ty: middle.y - (b * x + a * y) };
  const data = picture.warp(similarity, side, side);
  const outputs = await detector.run({ picture: { type: 'uint8', data, shape: [1, side, side, 3] } });
  const [output] = Object.values(outputs);
  const found =
    card.detector.kind === 'yunet'
      ? decodeYunet(outputs, { width: side, height: side, minScore: LOWEST_SCORE })
      : decodeTinyFace(output ?? { data: new Float32Array(), shape: [] }, { minScore: LOWEST_SCORE });
  const near = found.filter((one) => distanceBetween(centreOf(one.box), middle) <= NEAR * side);
  return Math.max(0, ...near.map(({ score }) => score));
}

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
 * Measures how far a face's landmarks move in the picture when the network is given the face a little otherwise, as a share of the
 * face's box: the mean of all of them over some nudges of the crop.
 *
 * A landmark network places plausible points on whatever it is shown. On a face as it was trained on, it finds the same points in a crop
 * that is moved, grown or turned a little; on one that is upside down the points go with the crop.
 * @param roll of the face in radians, as its eyes lie; it is turned back first. NaN for a broken box.
 * @throws TwinstileError 'model-failed'; RangeError for an output of another shape.
 */
async function landmarksMove(picture: Picture, box: Box, roll: number, landmarks: Network): Promise<number> {
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
