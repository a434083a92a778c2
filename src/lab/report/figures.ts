/** How figures are written: with as many digits as they are worth. */
import type { Interval } from '../../biometrics/statistics/bootstrap.js';

export const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

/** "98.61 % (98.20 to 98.95)": the 95 % interval is in brackets. */
export const within = (interval: Interval | undefined): string =>
  interval === undefined
    ? 'not to be seen'
    : `${percent(interval.value)} (${(100 * interval.from).toFixed(2)} to ${(100 * interval.to).toFixed(2)})`;

/** Rates far below a percent. */
export const rateWithin = (interval: Interval | undefined): string =>
  interval === undefined
    ? 'not to be seen'
    : `${small(interval.value)} (${small(interval.from)} to ${small(interval.to)})`;

export const small = (value: number): string => (value === 0 ? '0' : value.toExponential(1));

export const count = (value: number): string => value.toLocaleString('en-US');

/** What did not give a vector, and why: "none", or "no-face 4". */
export function reasonLines(reasons: Readonly<Record<string, number>>, photos: number): string {
  const entries = Object.entries(reasons);
  if (entries.length === 0) return `none of ${count(photos)}`;
  const all = entries.reduce((sum, [, number]) => sum + number, 0);
  return `${count(all)} of ${count(photos)}: ${entries.map(([reason, number]) => `${reason} ${count(number)}`).join(', ')}`;
}
