/** Bounds the false match rate of one comparison by the size of the gallery, and computes what a calibration table supports of that. */
import { distance, type FalseMatchRate, falseMatchRate } from '../base/units.js';
import { fmrOf, isExtrapolated } from '../biometrics/fmr.js';
import type { CalibrationTable } from '../biometrics/model-card.js';
import type { LaneRules } from './lane-rules.js';

/**
 * The false match rate that one comparison may have, so that an impostor compared with the whole gallery is matched with at
 * least one template at most `maxFpir` of the time: FPIR = 1 - (1 - FMR)^N, solved for FMR. A bigger gallery is stricter by itself.
 *
 * @param maxFpir 0..1; NaN gives NaN, which no rate passes.
 * @param comparisons templates in the gallery, not people: each is one more chance of a false match.
 */
export function fmrBound(maxFpir: number, comparisons: number): FalseMatchRate {
  // log1p and expm1: 1 - (1 - 1e-12)^(1/N) would be rounding noise.
  return falseMatchRate(-Math.expm1(Math.log1p(-maxFpir) / Math.max(1, comparisons)));
}

/** How many templates a lane can identify among, before no face could ever reach the bound. */
export interface Capacity {
  /** The smallest rate that the table supports: that of two identical pictures. */
  readonly surest: FalseMatchRate;
  /** The largest gallery in which that is still enough, 0 or more. */
  readonly maxTemplates: number;
}

/** @param maxFpir 0..1; NaN gives 0 templates. */
export function capacityOf(maxFpir: number, calibration: CalibrationTable): Capacity {
  const surest = fmrOf(calibration, distance(0));
  // FPIR = 1 - (1 - FMR)^N, solved for N; the formula is a guess, and the rule itself decides.
  const guess = Math.floor(Math.log1p(-maxFpir) / Math.log1p(-surest));
  const fits = (templates: number): boolean => templates >= 1 && surest <= fmrBound(maxFpir, templates);
  for (const templates of [guess + 1, guess, guess - 1])
    if (fits(templates)) return { surest, maxTemplates: templates };
  return { surest, maxTemplates: 0 };
}

/**
 * Whether what a lane asks for rests on a rate that was extrapolated instead of measured.
 * @param templates in the gallery: a bigger one asks for a smaller rate of each comparison.
 */
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

/** As formatOdds, and that the rate was extrapolated where that is so. */
export const formatPromise = (fmr: FalseMatchRate, extrapolated = false): string =>
  `${formatOdds(fmr)}${extrapolated ? ' (extrapolated)' : ''}`;

/** "1 in 250,000" for people, rounded down so that it never claims more than the rate supports. @param fmr above 0. */
export function formatOdds(fmr: FalseMatchRate): string {
  const count = Math.max(1, 1 / fmr);
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(count)) - 2);
  return `1 in ${(Math.floor(count / unit + 1e-9) * unit).toLocaleString('en-US')}`;
}
