/** How good does each face look? */
import { JUDGED_CHIP } from '../../alignment/canonical-points.js';
import { similarityBetween } from '../../alignment/similarity.js';
import { lookOf } from '../../detection/chip-look.js';
import type { Face } from '../../detection/face.js';
import { goodness, problemsOf, type QualityProblem, type QualityRules } from '../../detection/quality.js';
import type { Picture } from '../../ports/picture.js';

export interface Judged {
  readonly problems: readonly QualityProblem[];
  /** 0..1, to choose between looks at one face. */
  readonly goodness: number;
}

export function judgeFace(picture: Picture, face: Face, rules: QualityRules): Judged {
  const { side, points } = JUDGED_CHIP;
  const look = lookOf(picture.warp(similarityBetween(face.points, points), side, side), side, side);
  return { problems: problemsOf(face, look, picture, rules), goodness: goodness(face, look) };
}
