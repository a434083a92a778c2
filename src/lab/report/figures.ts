/** Formats what several reports have in common: figures, with as many digits as they are worth, and tables. */

import type { Interval } from '../../biometrics/statistics/bootstrap.js';
import type { Properties } from '../../biometrics/statistics/metric.js';
import { percentDigits, percentText, small } from '../../biometrics/statistics/rate-text.js';
import type { Missing } from '../evaluate/acquire-photos.js';
import type { NamedPair, WorstPairs } from '../evaluate/spread.js';
import type { Report, Table } from './html-report.js';

export const percent = (share: number): string => percentText(share, 2);

/** "98.61 % (98.20 to 98.95)": the 95 % interval is in brackets. */
export const percentWithin = (interval: Interval | undefined): string =>
  interval === undefined
    ? 'not to be seen'
    : `${percent(interval.value)} (${percentDigits(interval.from, 2)} to ${percentDigits(interval.to, 2)})`;

/** Rates far below a percent. */
export const rateWithin = (interval: Interval | undefined): string =>
  interval === undefined
    ? 'not to be seen'
    : `${small(interval.value)} (${small(interval.from)} to ${small(interval.to)})`;

export const count = (value: number): string => value.toLocaleString('en-US');

/** What did not give a vector, and why: "none", or "no-face 4". */
export function reasonLines(reasons: Readonly<Record<string, number>>, photos: number): string {
  const entries = Object.entries(reasons);
  if (entries.length === 0) return `none of ${count(photos)}`;
  const all = entries.reduce((sum, [, number]) => sum + number, 0);
  return `${count(all)} of ${count(photos)}: ${entries.map(([reason, number]) => `${reason} ${count(number)}`).join(', ')}`;
}

const WORDS: Readonly<Record<keyof Properties, string>> = {
  nonNegative: 'never negative',
  identity: 'zero only for the same',
  symmetric: 'symmetric',
  triangle: 'triangle inequality',
};

/** Which metric was asked for, and which of the four properties of a metric it has. Nothing where none was asked for. */
export function metricLine({
  metric,
  has,
}: {
  readonly metric?: string;
  readonly has?: Properties;
}): Report['facts'] {
  if (metric === undefined || has === undefined) return [];
  const kept = Object.entries(WORDS).filter(([property]) => has[property as keyof Properties]);
  return [['metric', `${metric} (${kept.map(([, words]) => words).join(', ')})`]];
}

/** A list of thousands is for a file: --json has them all. */
const MAX_LISTED = 25;

/** By file name only: a report is passed on, and photographs of people are not. */
export function worstTables({ mated, impostors }: WorstPairs): readonly Table[] {
  return [
    pairTable('Farthest pairs of one person', mated),
    pairTable('Nearest pairs of two people', impostors),
  ].filter(({ rows }) => rows.length > 0);
}

const pairTable = (title: string, pairs: readonly NamedPair[]): Table => ({
  title,
  head: ['distance', 'photograph', 'photograph'],
  rows: pairs.map(({ a, b, distance }) => [distance.toFixed(4), a, b]),
});

export function missingTable(missing: readonly Missing[]): readonly Table[] {
  if (missing.length === 0) return [];
  const more = missing.length - MAX_LISTED;
  return [
    {
      title: 'Failures to acquire',
      head: ['reason', 'photograph'],
      rows: missing.slice(0, MAX_LISTED).map(({ reason, name }) => [reason, name]),
      note: more > 0 ? `And ${more} more; --json lists them all.` : undefined,
    },
  ];
}
