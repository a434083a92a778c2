/** How good does each face look? */
import { JUDGED_CHIP } from '../alignment/canonical-points.js';
import { similarityBetween } from '../alignment/similarity.js';
import { chipAppearanceOf } from '../detection/chip-look.js';
import type { Face } from '../detection/face.js';
import { problemsOf, type QualityProblem, type QualityRules, qualityScore } from '../detection/quality.js';
import type { Picture } from '../ports/picture.js';
import { type Appearance, appearanceOf } from '../tracking/appearance.js';

export interface Judged {
  readonly problems: readonly QualityProblem[];
  /** 0..1, to choose between looks at one face. */
  readonly qualityScore: number;
  readonly appearance: Appearance;
}

export function judgeFace(picture: Picture, face: Face, rules: QualityRules): Judged {
  const { side, points } = JUDGED_CHIP;
  const chip = picture.warp(similarityBetween(face.points, points), side, side);
  const look = chipAppearanceOf(chip, side, side);
  return {
    problems: problemsOf(face, look, picture, rules),
    qualityScore: qualityScore(face, look),
    appearance: appearanceOf(chip, side),
  };
}
