/** How many templates a lane can identify among, before no face could ever be sure enough. */
import type { FalseMatchRate } from '../base/units.js';
import { distance } from '../base/units.js';
import { fmrOf } from '../biometrics/fmr.js';
import type { CalibrationTable } from '../biometrics/model-card.js';
import { fmrBound } from './fmr-bound.js';

export interface Capacity {
  /** The smallest rate that the table supports: what the same picture twice is worth. */
  readonly surest: FalseMatchRate;
  /** The largest gallery in which that is still enough, 0 or more. */
  readonly maxTemplates: number;
}

/** @param maxFpir 0..1; NaN gives 0 templates. */
export function capacityOf(maxFpir: number, calibration: CalibrationTable): Capacity {
  const surest = fmrOf(calibration, distance(0));
  // FPIR = 1 - (1 - FMR)^N, solved for N; the formula is a guess, and the rule itself has the last word on it.
  const guess = Math.floor(Math.log1p(-maxFpir) / Math.log1p(-surest));
  const fits = (templates: number): boolean => templates >= 1 && surest <= fmrBound(maxFpir, templates);
  for (const templates of [guess + 1, guess, guess - 1])
    if (fits(templates)) return { surest, maxTemplates: templates };
  return { surest, maxTemplates: 0 };
}
