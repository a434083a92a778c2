/** Does what a lane asks for rest on a rate that nobody measured? */

import { isExtrapolated } from '../biometrics/fmr.js';
import type { CalibrationTable } from '../biometrics/model-card.js';
import { fmrBound } from './fmr-bound.js';
import type { LaneRules } from './lane-rules.js';

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
