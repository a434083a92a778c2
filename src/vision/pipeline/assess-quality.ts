/** Assesses the quality of a face. */
import { QUALITY_CHIP } from '../alignment/alignment-template.js';
import { similarityBetween } from '../alignment/similarity.js';
import { chipStatisticsOf } from '../detection/chip-statistics.js';
import type { Face } from '../detection/face.js';
import { problemsOf, type QualityProblem, type QualityRules, qualityScore } from '../detection/quality.js';
import type { Picture } from '../ports/picture.js';
import { type Appearance, appearanceOf } from '../tracking/appearance.js';

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
