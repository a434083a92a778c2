/**
 * Assesses whether a face is good enough to be encoded, and if not, why.
 *
 * The bounds were set by measurement: on some hundred LFW photographs and ten clips of a fixed camera (faces of 64 px) at least
 * 97 % of the frontal faces pass, while of LFW faces blurred by a Gaussian of 8 % of the eye distance 5 % do. Each rule
 * asks for proof, so that a NaN is a problem.
 */
import { areaOf, type Box, type Point, type Size } from '../geometry.js';
import { type Face, type FivePoints, interOcular } from './face.js';

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

/** What an aligned face chip shows of light and focus. */
export interface ChipStatistics {
  /** Variance of the Laplacian over the variance of the luminance: 0 for a smooth ramp, more with fine structure. */
  readonly sharpness: number;
  /** Luminance that a tenth of the pixels is below, 0..255. */
  readonly shadows: number;
  /** Luminance that a tenth of the pixels is above, 0..255. */
  readonly highlights: number;
}

/**
 * @param pixels bgr8 HWC of height x width, at least 3x3.
 * Laplacian variance as a measure of focus: Pech-Pacheco et al. 2000; divided by the contrast, so that dim light is not
 * taken for blur.
 */
export function chipStatisticsOf(pixels: Uint8Array, width: number, height: number): ChipStatistics {
  const luminance = new Float32Array(width * height);
  const histogram = new Uint32Array(256);
  for (let index = 0; index < luminance.length; index += 1) {
    const at = index * 3;
    const value = 0.114 * (pixels[at] ?? 0) + 0.587 * (pixels[at + 1] ?? 0) + 0.299 * (pixels[at + 2] ?? 0);
    luminance[index] = value;
    histogram[Math.round(value)] = (histogram[Math.round(value)] ?? 0) + 1;
  }
  const edges = new Float32Array((width - 2) * (height - 2));
  let next = 0;
  for (let y = 1; y < height - 1; y += 1)
    for (let x = 1; x < width - 1; x += 1) {
      const at = y * width + x;
      const around =
        (luminance[at - 1] ?? 0) +
        (luminance[at + 1] ?? 0) +
        (luminance[at - width] ?? 0) +
        (luminance[at + width] ?? 0);
      edges[next] = around - 4 * (luminance[at] ?? 0);
      next += 1;
    }
  // One grey level of noise, so that an even chip counts as without structure and not as infinitely sharp.
  return {
    sharpness: variance(edges) / (variance(luminance) + 1),
    shadows: percentile(histogram, luminance.length * 0.1),
    highlights: percentile(histogram, luminance.length * 0.9),
  };
}

function variance(values: Float32Array): number {
  let sum = 0;
  let squares = 0;
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  return Math.max(0, squares / values.length - (sum / values.length) ** 2);
}

/** The first level at which `count` pixels have been passed. */
function percentile(histogram: Uint32Array, count: number): number {
  let passed = 0;
  for (const [level, pixels] of histogram.entries()) {
    passed += pixels;
    if (passed >= count) return level;
  }
  return 255;
}
