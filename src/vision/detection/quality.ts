/**
 * Assesses whether a face is good enough to be encoded, and if not, why.
 *
 * The bounds were set by measurement: on some hundred LFW photographs and ten clips of a fixed camera (faces of 64 px) at least
 * 97 % of the frontal faces pass, while of LFW faces blurred by a Gaussian of 8 % of the eye distance 5 % do. Each rule
 * asks for proof, so that a NaN is a problem.
 */
import type { Box, Size } from '../frame/geometry.js';
import { areaOf } from '../frame/geometry.js';
import type { ChipStatistics } from './chip-statistics.js';
import { type Face, interOcular } from './face.js';
import { type Pose, poseOf } from './pose.js';

/** Why a face is not good enough to be encoded. Each is something a person or an installer can act on. */
export type QualityProblem =
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
/** Nine tenths of the face are darker: nothing is left above the noise. LFW: 111 at least. */
const MIN_HIGHLIGHTS = 60;
/** Nine tenths of the face are brighter: burnt out. LFW: 137 at most. */
const MAX_SHADOWS = 180;
/** Share of the face's box that is in the picture. */
const MIN_INSIDE = 0.85;

/** Every problem of a face, none when it is good. @param frame the picture's size. @param look of its quality chip. */
export function problemsOf(
  face: Face,
  look: ChipStatistics,
  frame: Size,
  { minInterOcular, minScore }: QualityRules,
): readonly QualityProblem[] {
  const pose = poseOf(face.points);
  const rules: readonly (readonly [QualityProblem, boolean])[] = [
    ['too-small', interOcular(face.points) >= minInterOcular],
    ['turned-away', isFrontal(pose)],
    ['tilted', Math.abs(pose.roll) <= MAX_ROLL],
    ['blurred', look.sharpness >= MIN_SHARPNESS],
    ['too-dark', look.highlights >= MIN_HIGHLIGHTS],
    ['too-bright', look.shadows <= MAX_SHADOWS],
    ['at-the-edge', shareInside(face.box, frame) >= MIN_INSIDE],
    ['low-score', face.score >= minScore],
  ];
  return rules.flatMap(([problem, good]) => (good ? [] : [problem]));
}

/**
 * How good a face is against another look at the same face, 0..1: larger, more frontal and sharper is better.
 * Only for choosing between frames; no rule rests on it.
 */
export function qualityScore(face: Face, look: ChipStatistics): number {
  const { turn, roll } = poseOf(face.points);
  const size = saturating(interOcular(face.points), 40);
  const frontal = Math.exp(-((turn / 0.3) ** 2) - (roll / 40) ** 2);
  const value = size * frontal * saturating(look.sharpness, 0.05);
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
