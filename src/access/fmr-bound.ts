import { type FalseMatchRate, falseMatchRate } from '../base/units.js';

/**
 * The false match rate that one comparison may have, so that a stranger compared with the whole gallery is taken for
 * anybody at most `maxFpir` of the time: FPIR = 1 - (1 - FMR)^N, solved for FMR. A bigger gallery is stricter by itself.
 *
 * @param maxFpir 0..1; NaN gives NaN, which no rate passes.
 * @param comparisons templates in the gallery, not people: each is one more chance to be taken for its owner.
 */
export function fmrBound(maxFpir: number, comparisons: number): FalseMatchRate {
  // log1p and expm1: 1 - (1 - 1e-12)^(1/N) would be rounding noise.
  return falseMatchRate(-Math.expm1(Math.log1p(-maxFpir) / Math.max(1, comparisons)));
}

/** As sayOdds, and that nobody measured it where that is so. */
export const formatPromise = (fmr: FalseMatchRate, extrapolated = false): string =>
  `${formatOdds(fmr)}${extrapolated ? ' (extrapolated)' : ''}`;

/** "1 in 250,000" for people, never saying more than the rate supports. @param fmr above 0. */
export function formatOdds(fmr: FalseMatchRate): string {
  const count = Math.max(1, 1 / fmr);
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(count)) - 2);
  return `1 in ${(Math.floor(count / unit + 1e-9) * unit).toLocaleString('en-US')}`;
}
