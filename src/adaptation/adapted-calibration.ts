/**
 * What a new head's distances mean: measured on the site's own people where they are enough, or else the table in use,
 * where it is not looser behind the new head than it was behind the old one.
 */
import { type FalseMatchRate, distance as toDistance } from '../base/units.js';
import type { Metric } from '../biometrics/distance.js';
import { fmrOf, smallestRate } from '../biometrics/fmr.js';
import type { CalibrationTable } from '../biometrics/model-card.js';
import { calibrationFrom, upperBound } from '../biometrics/statistics/calibration.js';
import { formatShare } from './adaptation-words.js';

export interface TableOptions {
  /** Distances of the same pairs of different people, behind the head in use and behind the new one, which is euclidean. */
  readonly before: Float32Array;
  readonly after: Float32Array;
  readonly metric: Metric;
  /** Of the head in use. */
  readonly current: CalibrationTable | undefined;
  /** The smallest rate that the lane asks for, per comparison. */
  readonly needed: FalseMatchRate;
  readonly people: number;
  readonly matedPairs: number;
  /** What the site's pairs are. */
  readonly source: string;
}

export type AdaptedTable =
  | { readonly how: 'measured' | 'kept'; readonly table: CalibrationTable; readonly detail: string }
  | { readonly how: 'none'; readonly detail: string };

/** The share of nearest impostors by which two heads are compared; beyond it no gate works. */
const NEAR = 0.01;
/** With as many pairs as just support a rate, its distance hangs on the nearest pair alone: thirty events, not three. */
const MARGIN = 10;
/** So many pairs at one distance make a rate; fewer are an accident, and the rate of the old table is kept. */
const EVENTS = 3;

export function adaptedTable(options: TableOptions): AdaptedTable {
  const { after, needed, people, matedPairs, source, current } = options;
  const smallest = smallestRate(after.length);
  if (after.length >= 2 && smallest <= needed / MARGIN) {
    const table = calibrationFrom({ impostorDistances: after, matedPairs, people, source });
    return { how: 'measured', table, detail: `measured on ${after.length} pairs of ${source}` };
  }
  const tooFew = `${after.length} pairs are too few for a table (no rate below ${formatShare(smallest)}), and the lane asks for ${formatShare(needed)}`;
  if (current === undefined)
    return { how: 'none', detail: `${tooFew}; there is no table that could be kept` };
  return keepTable(options, current, tooFew);
}

/**
 * The old table, scaled down by the largest amount that any of the nearest impostors came nearer; where the site's pairs show more
 * impostors at a distance than the table does, their rate is used. A table is never scaled up: in doubt the gate stays stricter.
 */
function keepTable(options: TableOptions, current: CalibrationTable, tooFew: string): AdaptedTable {
  const asEuclidean = (at: number): number => (options.metric === 'cosine' ? Math.sqrt(2 * at) : at);
  const was = Float64Array.from(options.before, asEuclidean).sort();
  const is = Float64Array.from(options.after).sort();
  const ranks = Math.ceil(NEAR * is.length);
  let shrink = 1;
  for (let rank = 0; rank < ranks; rank += 1) {
    const ratio = (is[rank] ?? Number.NaN) / (was[rank] ?? Number.NaN);
    if (!(ratio >= 0)) return { how: 'none', detail: `${tooFew}; some pairs have no distance` };
    shrink = Math.min(shrink, ratio);
  }
  if (!(shrink > 0.5) || ranks === 0)
    return { how: 'none', detail: `${tooFew}; strangers come much nearer behind it, or there are none` };
  const { digest: _, ...measured } = current;
  const rows: { distance: number; fmr: number }[] = [];
  for (const row of current.rows) {
    const at = asEuclidean(row.distance) * shrink;
    const seen = countUpTo(is, at);
    const promised = fmrOf(current, toDistance(row.distance));
    const fmr = Math.max(promised, rows.at(-1)?.fmr ?? 0, seen < EVENTS ? 0 : upperBound(seen, is.length));
    const last = rows.at(-1);
    if (last === undefined || at > last.distance) rows.push({ distance: at, fmr });
  }
  const source = `${current.source}; kept for a head adapted to the camera, drawn together to ${formatShare(shrink)}, by ${is.length} pairs of ${options.source}`;
  return {
    how: 'kept',
    // It was made of another head: this one's comparison refuses a table with that digest.
    table: { ...measured, source, rows },
    detail: `${tooFew}; the table in use is kept, drawn together to ${formatShare(shrink)}`,
  };
}

/** @param sorted rising. */
function countUpTo(sorted: Float64Array, bound: number): number {
  const beyond = sorted.findIndex((value) => value > bound);
  return beyond === -1 ? sorted.length : beyond;
}
