/** Writes shares and their intervals as text. A share that is not none or all is never rounded to 0 or 100. */
import type { Rate } from './clopper-pearson.js';

/** Beyond these decimals a percentage is no figure of a count. */
const MOST_PLACES = 12;

/** "2.4", or "0.01" for a share that one decimal would hide. @param share 0..1. @param places decimals at least. */
export function percentDigits(share: number, places: number): string {
  for (let used = places; used < MOST_PLACES; used += 1) {
    const text = (100 * share).toFixed(used);
    const hides = (Number(text) === 0 && share > 0) || (Number(text) === 100 && share < 1);
    if (!hides) return text;
  }
  return (100 * share).toFixed(places);
}

/** "2.4 %". @param share 0..1. */
export const percentText = (share: number, places = 1): string => `${percentDigits(share, places)} %`;

/** "1.2e-5" for rates far below a percent, "0" for none. */
export const small = (value: number): string => (value === 0 ? '0' : value.toExponential(1));

/** "0.0 % to 2.4 %": the interval of a rate. */
export const intervalText = ({ from, to }: Pick<Rate, 'from' | 'to'>): string =>
  `${percentText(from)} to ${percentText(to)}`;

/** "5 of 10 (18.7 % to 81.3 %)", "0 of 0" of nothing. */
export const countsText = (rate: Rate): string =>
  rate.of === 0 ? '0 of 0' : `${counts(rate)} (${intervalText(rate)})`;

/** "3 of 1,000 (6.2e-4 to 8.7e-3)" for rates far below a percent. */
export const smallCountsText = (rate: Rate): string =>
  rate.of === 0 ? '0 of 0' : `${counts(rate)} (${small(rate.from)} to ${small(rate.to)})`;

/** "50.0 % (5 of 10; 18.7 % to 81.3 %)". */
export const rateText = (rate: Rate): string =>
  rate.of === 0 ? 'nothing was judged' : `${percentText(rate.rate)} (${counts(rate)}; ${intervalText(rate)})`;

const counts = ({ errors, of }: Rate): string =>
  `${errors.toLocaleString('en-US')} of ${of.toLocaleString('en-US')}`;
