/**
 * Counts distances between faces that were met and people that they are not: how a site's impostors are distributed, without
 * any of them.
 */
import type { CaptureCondition } from '../conditions/capture-condition.js';
import type { CalibrationTable } from '../model-card.js';
import { type SiteEvidence, siteEvidence } from './site-promise.js';

/** Distances 0..4; larger ones, and those that are none, count in the last. */
export const COUNT_BINS = 400;
const BIN_WIDTH = 0.01;

/** 'passage': people who were let in. 'lookalike': newcomers who were refused because they look like another. */
export type MetSource = 'passage' | 'lookalike';

/** Of one day: faces of one source against templates of one condition. */
export interface ImpostorCounts {
  readonly template: CaptureCondition;
  readonly source: MetSource;
  /** Local, "2026-11-25". */
  readonly day: string;
  /** Faces that were compared. */
  readonly probes: number;
  /** [COUNT_BINS], whole numbers. */
  readonly bins: readonly number[];
}

export const noCounts = (): number[] => new Array<number>(COUNT_BINS).fill(0);

/** Adds distances to counts. A distance that is none is the farthest: it matches no one. */
export function addDistances(bins: readonly number[], distances: Iterable<number>): readonly number[] {
  const next = [...bins];
  for (const distance of distances) {
    const bin = distance >= 0 ? Math.min(COUNT_BINS - 1, Math.floor(distance / BIN_WIDTH)) : COUNT_BINS - 1;
    next[bin] = (next[bin] ?? 0) + 1;
  }
  return next;
}

/**
 * Holds a table against what was met, by the conditions that templates come from.
 *
 * Days are averaged: the same people pass each day, so that more days do not make more pairs. The nearest pair is left out:
 * it may be one person under two ids, and one pair must not make a lane stricter for all. What is left contradicts by
 * the upper ends of the bins and confirms by the lower ends, so that neither shows more than was counted.
 */
export function metEvidence(
  table: CalibrationTable,
  counts: readonly ImpostorCounts[],
): readonly SiteEvidence[] {
  return [...new Set(counts.map(({ template }) => template))].flatMap((template) => {
    const bins = dailyCounts(counts.filter((one) => one.template === template));
    const nearest = bins.findIndex((count) => count > 0);
    const rest = bins.map((count, bin) => (bin === nearest ? count - 1 : count));
    const [lower, upper] = [distancesOf(rest, 0), distancesOf(rest, 1)];
    if (upper.length === 0) return [];
    const { confirmed } = siteEvidence(table, { template, distances: lower });
    return { ...siteEvidence(table, { template, distances: upper }), confirmed };
  });
}

/** Mean of the days of each source, summed over sources; rounded down from the nearest on. */
function dailyCounts(counts: readonly ImpostorCounts[]): readonly number[] {
  const mean = new Float64Array(COUNT_BINS);
  for (const source of new Set(counts.map((one) => one.source))) {
    const days = counts.filter((one) => one.source === source);
    const number = new Set(days.map(({ day }) => day)).size;
    for (const { bins } of days)
      for (let bin = 0; bin < COUNT_BINS; bin += 1) mean[bin] = (mean[bin] ?? 0) + (bins[bin] ?? 0) / number;
  }
  let [sum, given] = [0, 0];
  return Array.from(mean, (value) => {
    sum += value;
    // What is counted is a whole number; sums of fractions miss it by a trifle.
    const whole = Math.floor(sum + 1e-6) - given;
    given += whole;
    return whole;
  });
}

/** @param end 0: lower ends of the bins; 1: upper ends. The last bin has no upper end: NaN, which matches no one. */
function distancesOf(bins: readonly number[], end: 0 | 1): Float32Array {
  const distances = new Float32Array(bins.reduce((sum, count) => sum + count, 0));
  let at = 0;
  for (const [bin, count] of bins.entries()) {
    const isLast = end === 1 && bin === COUNT_BINS - 1;
    distances.fill(isLast ? Number.NaN : (bin + end) * BIN_WIDTH, at, at + count);
    at += count;
  }
  return distances;
}
