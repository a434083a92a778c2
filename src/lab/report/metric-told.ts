/** Which metric was asked for, and which of the four properties of a metric it has. */
import type { Properties } from '../../biometrics/metrics/metric.js';
import type { Report } from './html-report.js';

const WORDS: Readonly<Record<keyof Properties, string>> = {
  nonNegative: 'never negative',
  identity: 'zero only for the same',
  symmetric: 'symmetric',
  triangle: 'triangle inequality',
};

/** Nothing where none was asked for. */
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
