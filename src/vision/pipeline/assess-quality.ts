/** Assesses the quality of a face. */
import type { Face, FivePoints } from '../detection/face.js';
import {
  chipStatisticsOf,
  problemsOf,
  type QualityProblem,
  type QualityRules,
  qualityScore,
} from '../detection/quality.js';
import { similarityBetween } from '../geometry.js';
import type { Picture } from '../ports/picture.js';
import { type Appearance, appearanceOf } from '../tracking/appearance.js';

/** Places of the five landmarks in a square picture. */
interface AlignmentTemplate {
  readonly side: number;
  readonly points: FivePoints;
}

/**
 * The template of the chip by which light and focus are measured: eyes 20 px apart, so that any face worth encoding is shrunk to it and a
 * small face does not look blurred just for being enlarged. Places of ArcFace's template (Deng et al. 2019).
 */
export const QUALITY_CHIP: AlignmentTemplate = {
  side: 64,
  points: [
    { x: 21.883, y: 29.541 },
    { x: 42.018, y: 29.429 },
    { x: 32.014, y: 40.992 },
    { x: 23.742, y: 52.78 },
    { x: 40.417, y: 52.688 },
  ],
};

export interface FaceQuality {
  readonly problems: readonly QualityProblem[];
  /** 0..1, to choose between looks at one face. */
  readonly qualityScore: number;
  readonly appearance: Appearance;
}

export function assessFace(picture: Picture, face: Face, rules: QualityRules): FaceQuality {
  const { side, points } = QUALITY_CHIP;
  const chip = picture.warp(similarityBetween(face.points, points), side, side);
  const look = chipStatisticsOf(chip, side, side);
  return {
    problems: problemsOf(face, look, picture, rules),
    qualityScore: qualityScore(face, look),
    appearance: appearanceOf(chip, side),
  };
}
