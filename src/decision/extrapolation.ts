/** Does what a lane asks for rest on a rate that nobody measured? */
import type { CalibrationTable } from '../siamese/card.js';
import { isExtrapolated } from '../siamese/fmr.js';
import { fmrBound } from './bound.js';
import type { LaneRules } from './rules.js';

/** @param templates in the gallery: a bigger one asks for a smaller rate of each comparison. */
export function restsOnExtrapolation(
  { identification, verification }: Pick<LaneRules, 'identification' | 'verification'>,
  templates: number,
  calibration: CalibrationTable,
): boolean {
  const bounds = [
    ...(identification === undefined ? [] : [fmrBound(identification.maxFpir, templates)]),
    ...(verification === undefined ? [] : [verification.maxFmr]),
  ];
  return bounds.some((bound) => isExtrapolated(calibration, bound));
}
