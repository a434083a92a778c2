/**
 * Assesses whether a face is good enough to be encoded, and if not, why.
 *
 * The bounds were set by measurement: on some hundred LFW photographs and ten clips of a fixed camera (faces of 64 px) at least
 * 97 % of the frontal faces pass, while of LFW faces blurred by a Gaussian of 8 % of the eye distance 5 % do; light by what a face
 * has lost, not by how bright it is, because skin differs. Each rule asks for proof, so that a NaN is a problem.
 */
import { areaOf, type Box, type Point, type Size } from '../geometry.js';
import type { ChipStatistics } from './chip-statistics.js';
import { type Face, type FivePoints, interOcular } from './face.js';

/** Why a face is not good enough to be encoded. Each is something a person or an installer can act on. */
export type QualityProblem =
  /** By a mask, a scarf, a hand or sunglasses: see covering.ts. */
  | 'face-covered'
  | 'too-small'
  | 'turned-away'
  | 'tilted'
  /** Its landmarks are upright, but the face is not: a photograph that is on its side or upside down. */
  | 'not-upright'
  | 'blurred'
  | 'too-dark'
  | 'too-bright'
  | 'at-the-edge'
  | 'low-score';

export interface QualityRules {
  /** Smallest distance between the eyes, in pixels of the frame, inclusive. */
  readonly minInterOcular: number;
  /** Lowest score of the detector, 0..1, inclusive. */
  readonly minScore: number;
}

/** Nose four tenths of the eye distance off the middle: about 35 degrees. LFW: 97 % below. */
const MAX_YAW = 0.4;
/** Eyes closer together than this share of the way to the mouth: a profile. LFW: 99 % above. */
const MIN_BREADTH = 0.6;
/** LFW: 0.41 to 0.69. */
const NOD = { least: 0.3, most: 0.75 };
/** Alignment turns a face upright; beyond this the detector's landmarks are doubtful, in degrees. */
const MAX_ROLL = 30;
/** LFW: 0.033 at least; blurred by 8 % of the eye distance: 5 % above. */
const MIN_SHARPNESS = 0.025;
/**
 * Where recognition breaks, whatever the skin: of faces darkened with a sensor's noise (180 people of LFW, four tones, `mobile`) 98 % match at
 * FMR 1e-4 from 13 on, 85 % from 8 to 10, 71 % from 5 to 6, 42 % from 4 to 5. Of LFW as it is 1 of 1,000 is below 6.6.
 */
const MIN_SIGNAL = 5;
/** Overexposed: 92 % match below 0.7, 75 % from 0.8 to 0.9, 37 % above. Of LFW as it is 1 of 200 is above 0.23. */
const MAX_BURNT = 0.85;
/** Share of the face's box that is in the picture. */
const MIN_INSIDE = 0.85;

/** Every problem of a face, none when it is good. @param frame the picture's size. @param chip of its quality chip. */
export function problemsOf(
  face: Face,
  chip: ChipStatistics,
  frame: Size,
  { minInterOcular, minScore }: QualityRules,
): readonly QualityProblem[] {
  const pose = poseOf(face.points);
  const rules: readonly (readonly [QualityProblem, boolean])[] = [
    // First: a person who is refused for it is to learn of the way by badge.
    ['face-covered', chip.coverings.length === 0],
    ['too-small', interOcular(face.points) >= minInterOcular],
    ['turned-away', isFrontal(pose)],
    ['tilted', Math.abs(pose.roll) <= MAX_ROLL],
    ['blurred', chip.sharpness >= MIN_SHARPNESS],
    ['too-dark', chip.signal >= MIN_SIGNAL],
    ['too-bright', chip.burnt <= MAX_BURNT],
    ['at-the-edge', shareInside(face.box, frame) >= MIN_INSIDE],
    ['low-score', face.score >= minScore],
  ];
  return rules.flatMap(([problem, good]) => (good ? [] : [problem]));
}

/** Light of a face as a share of what it needs, 0 or more: below 1 it is too dark. A quarter of the light leaves less than half of it. */
export const lightOf = ({ signal }: ChipStatistics): number => signal / MIN_SIGNAL;

/**
 * How good a face is against another look at the same face, 0..1: larger, more frontal and sharper is better.
 * Only for choosing between frames; no rule rests on it.
 */
export function qualityScore(face: Face, chip: ChipStatistics): number {
  const { turn, roll } = poseOf(face.points);
  const size = saturating(interOcular(face.points), 40);
  const frontal = Math.exp(-((turn / 0.3) ** 2) - (roll / 40) ** 2);
  const value = size * frontal * saturating(chip.sharpness, 0.05);
  return Number.isFinite(value) ? value : 0;
}

const isFrontal = ({ turn, nod, breadth }: Pose): boolean =>
  Math.abs(turn) <= MAX_YAW && breadth >= MIN_BREADTH && nod >= NOD.least && nod <= NOD.most;

/** 0 for nothing, a half at `half`, towards 1 for more. */
const saturating = (value: number, half: number): number => value / (value + half);

function shareInside(box: Box, { width, height }: Size): number {
  const inside = {
    width: Math.min(box.x + box.width, width) - Math.max(box.x, 0),
    height: Math.min(box.y + box.height, height) - Math.max(box.y, 0),
  };
  return areaOf({ x: 0, y: 0, ...inside }) / areaOf(box);
}

/** How a head is turned, from five points alone: rough, but monotonous in the angle. */
interface Pose {
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
