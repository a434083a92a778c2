/**
 * Checks whether the gallery is too large for a lane's `max_fpir` with the face alone, and gives the numbers, which are hard
 * to guess.
 */

import { capacityOf, fmrBound, formatOdds, formatPromise } from '../../access/fmr-bound.js';
import { isExtrapolated } from '../../biometrics/fmr.js';
import type { CalibrationTable } from '../../biometrics/model-card.js';
import type { LaneConfig } from '../config/sections/lane-section.js';

export interface SizeProblem {
  readonly lane: string;
  readonly templates: number;
  readonly maxTemplates: number;
  /** English, with numbers. */
  readonly detail: string;
}

/** @returns a problem for each lane in which the face alone could never let a person in. */
export function sizeProblems(
  lanes: readonly Pick<LaneConfig, 'id' | 'identification'>[],
  templates: number,
  calibration: CalibrationTable | undefined,
): readonly SizeProblem[] {
  if (calibration === undefined) return [];
  return lanes.flatMap(({ id: lane, identification }) => {
    if (identification === 'off') return [];
    const { surest, maxTemplates } = capacityOf(identification.max_fpir, calibration);
    if (templates <= maxTemplates) return [];
    const needed = formatOdds(fmrBound(identification.max_fpir, templates));
    const detail =
      `Lane ${lane} asks for ${formatOdds(fmrBound(identification.max_fpir, 1))} among ${templates.toLocaleString('en-US')} ` +
      `templates, which takes a false match rate of ${needed} for each; the pack’s calibration supports no better than ` +
      `${formatPromise(surest, isExtrapolated(calibration, surest))}, enough for ${maxTemplates.toLocaleString('en-US')} templates.`;
    return [{ lane, templates, maxTemplates, detail }];
  });
}
