import { fmrBound } from '../../access/fmr-bound.js';
import { type FalseMatchRate, falseMatchRate } from '../../base/units.js';
import type { LaneConfig } from '../config/sections/lane-section.js';

/** Returns the smallest rate that a lane requires, per comparison. @param templates number of templates in the gallery. */
export function neededRate(
  { identification, verification }: Pick<LaneConfig, 'identification' | 'verification'>,
  templates: number,
): FalseMatchRate {
  return falseMatchRate(
    Math.min(
      identification === 'off' ? 1 : fmrBound(identification.max_fpir, templates),
      verification === 'off' ? 1 : verification.max_fmr,
    ),
  );
}
