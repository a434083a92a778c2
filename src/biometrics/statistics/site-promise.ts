/**
 * Holds what a calibration table promises against the site's own people, and makes it stricter where they contradict it.
 *
 * Each pair of people counts once, by one comparison, so that the exact interval of Clopper and Pearson holds for their share
 * within a distance. A table is never made looser.
 */
import { distance, type FalseMatchRate, falseMatchRate } from '../../base/units.js';
import type { CaptureCondition } from '../conditions/capture-condition.js';
import { distanceAt, fmrOf } from '../fmr.js';
import type { CalibrationTable } from '../model-card.js';
import { rateOf } from './clopper-pearson.js';

/** Different people of the site: those enrolled under one condition, against faces that are live under another. */
export interface SitePairs {
  readonly template: CaptureCondition;
  /** One for each pair of people, in any order; NaN where a pair cannot be compared: it matches no one. */
  readonly distances: Float32Array;
}

/** What one pair of conditions shows of a table. */
export interface SiteEvidence {
  readonly template: CaptureCondition;
  readonly pairs: number;
  /** From each of these distances on, a rate that the table may not go below. None: nothing contradicts it. */
  readonly contradicted: readonly { readonly distance: number; readonly fmr: FalseMatchRate }[];
  /** By how much all distances of the site are smaller than the table's, 0 exclusive to 1. */
  readonly scale: number;
  /** Promises that the site keeps: the upper end of its interval is within them. */
  readonly confirmed: readonly { readonly from: number; readonly to: number }[];
}

/** Half of the pairs: the farther half does not show who is mistaken for whom, and tables are coarse there. */
const MOST_COUNTED = 0.5;
/** Bounds the work: a promise that so many pairs contradict is contradicted by fewer, too. */
const MOST_EVENTS = 200;

/**
 * Examines a table at the nearest pair, the second, and so on to half of all: it is contradicted where even the lower end of
 * the 95 % interval of their share is above the rate it promises there.
 *
 * One pair of people who resemble each other makes the table stricter from their distance on, and no further. Where the nearest pair can
 * be left out and the rest still contradict it, it is the camera and not two people: then all distances are drawn together by
 * the ratio of the site's quantile to the table's. Measured on five people of one camera, raw, templates of four: impostors
 * let in 11 of 20 before and 4 of 20 after, the enrolled 40 of 40 both times (docs/SIAMESE.md).
 */
export function siteEvidence(table: CalibrationTable, { template, distances }: SitePairs): SiteEvidence {
  const pairs = distances.length;
  // NaN sorts last, as what matches no one.
  const sorted = Float32Array.from(distances).sort();
  const at = (count: number): number => sorted[count - 1] ?? Number.NaN;
  const contradicted: { distance: number; fmr: FalseMatchRate }[] = [];
  let scale = 1;
  for (const count of countsFor(pairs)) {
    const seen = at(count);
    if (!(seen >= 0)) break;
    const promised = fmrOf(table, distance(seen));
    const { from, to } = rateOf(count, pairs);
    if (!(from > promised)) continue;
    contradicted.push({ distance: seen, fmr: falseMatchRate(to) });
    if (!(count > 1 && rateOf(count - 1, pairs - 1).from > promised)) continue;
    const usual = distanceAt(table, falseMatchRate(Math.min(MOST_COUNTED, count / pairs)));
    if (usual !== undefined && usual > 0) scale = Math.min(scale, seen / usual);
  }
  return { template, pairs, contradicted, scale, confirmed: confirmedBy(table, sorted) };
}

/** Promises of which the upper end of the interval is no higher, wherever it is looked at. @param sorted rising, NaN last. */
function confirmedBy(
  table: CalibrationTable,
  sorted: Float32Array,
): readonly { readonly from: number; readonly to: number }[] {
  const pairs = sorted.length;
  if (pairs === 0) return [];
  const counts = [0, ...countsFor(pairs)];
  return counts.flatMap((count, i) => {
    const next = counts[i + 1];
    if (next === undefined) return [];
    // Nearer than the next one that is looked at there are at most as many as before it.
    const from = rateOf(next - 1, pairs).to;
    const end = sorted[next - 1] ?? Number.NaN;
    const to = end >= 0 ? fmrOf(table, distance(end)) : 1;
    return count < next && from < to ? [{ from, to }] : [];
  });
}

/** 1, then about two for each power of two, to half of all. */
function countsFor(pairs: number): readonly number[] {
  const most = Math.min(MOST_EVENTS, Math.max(1, Math.floor(MOST_COUNTED * pairs)));
  const counts = new Set<number>();
  for (let count = 1; pairs > 0 && count <= most; count = Math.max(count + 1, Math.round(count * STEP)))
    counts.add(count);
  return [...counts];
}

const STEP = 1.4;

/** Distances are read to a millionth. */
const BEFORE = 1e-6;

/** Returns the table as the site's people leave it: the same where nothing contradicts it, and nowhere looser. */
export function movedTable(table: CalibrationTable, evidence: readonly SiteEvidence[]): CalibrationTable {
  const contradicted = evidence.flatMap((one) => one.contradicted);
  if (contradicted.length === 0) return table;
  const scale = Math.min(...evidence.map((one) => one.scale));
  const distances = [
    ...new Set([
      ...table.rows.flatMap((row) => [row.distance, row.distance * scale]),
      // A rate rises at the pair that shows it, not on the way there.
      ...contradicted.flatMap((one) => [Math.max(0, one.distance - BEFORE), one.distance]),
    ]),
  ].sort((a, b) => a - b);
  let highest = 0;
  const rows = distances.map((at) => {
    const promised = fmrOf(table, distance(at / scale));
    const own = contradicted.reduce((most, one) => (one.distance <= at ? Math.max(most, one.fmr) : most), 0);
    highest = Math.max(highest, promised, fmrOf(table, distance(at)), own);
    return { distance: at, fmr: highest };
  });
  const pairs = evidence.reduce((sum, one) => sum + one.pairs, 0);
  const source = `${table.source}; moved by ${pairs} pairs of people of the site`;
  return { ...table, source, rows };
}

/** What a table's promise rests on at one rate. */
export type PromiseStanding = 'contradicted' | 'measured' | 'centred' | 'delivered';

/** The evidence that a lane has for what it promises. */
export interface SitePromise {
  readonly evidence: readonly SiteEvidence[];
  /** How many people the centre of the live side is made of; 0: that side is compared as it is. */
  readonly centredBy: number;
}

/**
 * Returns what a promise rests on: 'contradicted' by the site's people, so that the table was moved; 'measured' here, at this
 * rate and under every condition that templates come from; else 'centred', or 'delivered' as it is.
 * @param bound the false match rate of one comparison that a rule asks for.
 */
export function standingAt({ evidence, centredBy }: SitePromise, bound: FalseMatchRate): PromiseStanding {
  if (evidence.some(({ contradicted }) => contradicted.length > 0)) return 'contradicted';
  const isConfirmed = ({ confirmed }: SiteEvidence): boolean =>
    confirmed.some(({ from, to }) => from <= bound && bound <= to);
  // The enrolled and those who were met are two looks at one pair of conditions: either confirms it.
  const isMeasured = evidence.every((one) =>
    evidence.some((other) => other.template === one.template && isConfirmed(other)),
  );
  if (evidence.length > 0 && isMeasured) return 'measured';
  return centredBy > 0 ? 'centred' : 'delivered';
}
