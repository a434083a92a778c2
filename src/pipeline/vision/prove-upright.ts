/**
 * Does this face stand upright, as its landmarks say?
 *
 * Detectors put plausible landmarks on faces that stand on their head or lie on their side: YuNet finds eyes where the mouth is. Such a
 * face makes a vector that is near to those of other people upside down and far from the own face's. So the face is looked at
 * again in four turns: a detector is surest of a face that is upright.
 */
import type { Face } from '../../detection/face.js';
import { decodeTinyFace } from '../../detection/tiny-face.js';
import { decodeYunet } from '../../detection/yunet.js';
import { centreOf, distanceBetween } from '../../frame/geometry.js';
import type { Picture } from '../../ports/picture.js';
import type { DetectorCard } from '../../siamese/card.js';
import type { Models } from './models.js';

/** One look at the face in each turn. */
interface Look {
  /** Of the square that the detector is shown, in pixels; a multiple of 32. */
  readonly side: number;
  /** Of the face's longer side in it. */
  readonly share: number;
}

/**
 * The size of face at which a detector tells turns apart best, measured on LFW. YuNet: of 97 upright faces 97 are proved,
 * and of 220 turned ones none. The tiny detector is asked at two
 * sizes: of 54 upright faces 54, and of 50 turned ones 2.
 */
const LOOKS: Readonly<Record<DetectorCard['kind'], readonly Look[]>> = {
  yunet: [{ side: 128, share: 0.6 }],
  'tiny-face': [
    { side: 160, share: 0.45 },
    { side: 160, share: 0.35 },
  ],
};
/** Cosine and sine of a quarter, a half and three quarters of a turn. */
const TURNS = [
  [0, 1],
  [-1, 0],
  [0, -1],
] as const;
/** A weaker answer says nothing about a face. */
const LOWEST_SCORE = 0.05;
/** How far from the middle of the square the face may be found, as a share of its side. */
const NEAR = 0.25;

/**
 * @param face whose landmarks are upright, within what alignment turns.
 * @returns whether the detector is surer of it than of the same face in every other turn.
 * @throws TwinstileError 'model-failed'; RangeError for outputs of another shape.
 */
export async function isProvedUpright(picture: Picture, face: Face, models: Models): Promise<boolean> {
  const looks = LOOKS[models.card.detector.kind];
  const scoreIn = async (cos: number, sin: number): Promise<number> => {
    let sum = 0;
    for (const look of looks) sum += await scoreOf(picture, face, models, look, cos, sin);
    return sum;
  };
  const upright = await scoreIn(1, 0);
  // Asked so that a NaN proves nothing.
  if (!(upright > 0)) return false;
  for (const [cos, sin] of TURNS) if (!(upright > (await scoreIn(cos, sin)))) return false;
  return true;
}

/** Of the face in the middle of a square around it, turned; 0 when there is none. */
async function scoreOf(
  picture: Picture,
  { box }: Face,
  { card, detector }: Models,
  { side, share }: Look,
  cos: number,
  sin: number,
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
