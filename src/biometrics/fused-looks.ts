/**
 * Compares several looks of one track as one: their mean vector, and the table that belongs to the number of looks.
 *
 * Measured on tracks of photographs (docs/RESULTS.md, bench/fused-looks.ts): the plain mean of the vectors misses fewer people at
 * the same false match rate than any single look, than all looks agreeing, than the mean or median of the distances, and no more
 * than a mean weighted by quality.
 */
import { type Distance, distance, type FalseMatchRate } from '../base/units.js';
import { distanceAt, fmrOf } from './fmr.js';
import type { CalibrationTable } from './model-card.js';

/**
 * Fuses looks of one face: the direction of their mean, as long as they are on average.
 * @param looks float32 [dimension] each, trunk vectors, 1 or more, of one dimension.
 * @returns float32 [dimension]; NaN where a look is not finite or the looks cancel out, which matches no one.
 */
export function fuseLooks(looks: readonly Float32Array[]): Float32Array {
  const sum = new Float64Array(looks[0]?.length ?? 0);
  let lengths = 0;
  for (const look of looks) {
    let squares = 0;
    for (let i = 0; i < sum.length; i += 1) {
      const value = look[i] ?? Number.NaN;
      sum[i] = (sum[i] as number) + value;
      squares += value * value;
    }
    lengths += Math.sqrt(squares);
  }
  const mean = lengths / looks.length;
  const length = Math.sqrt(sum.reduce((squares, value) => squares + value * value, 0));
  return Float32Array.from(sum, (value) => (length > 0 ? (value / length) * mean : Number.NaN));
}

/** Looks to be fused, and what the distance of their mean means. */
export interface Fusion {
  readonly looks: number;
  readonly table: CalibrationTable;
}

/**
 * Of two tables, fused looks are worth their table only where its distance is not much smaller than that of one look: by so much
 * three looks of one person, photographed on different days, come nearer to a template when they are fused (`mobile`: to 0.85 of
 * their mean distance, bench/fused-looks.ts).
 */
const WORTH = 0.85;

/**
 * Chooses how many looks are fused, by the rate that is asked for alone: it does not depend on what the looks show.
 * @param rules `bound`: the false match rate of one comparison. `available`: looks there are. `needed`: fewer are never enough.
 * @returns the largest number that has a table which reaches the bound; undefined where none does, and looks are counted instead.
 */
export function fusionFor(
  table: CalibrationTable,
  asked: { readonly bound: FalseMatchRate; readonly available: number; readonly needed: number },
): Fusion | undefined {
  const single = distanceAt(table, asked.bound);
  if (single === undefined) return undefined;
  const counts = (table.fused ?? []).map(({ looks }) => looks).sort((a, b) => b - a);
  for (const looks of counts) {
    if (looks > asked.available || looks < asked.needed) continue;
    const fused = tableFor(table, looks);
    const at = fused === undefined ? undefined : distanceAt(fused, asked.bound);
    if (fused !== undefined && at !== undefined && at >= WORTH * single) return { looks, table: fused };
  }
  return undefined;
}

/**
 * The table of so many fused looks: at every distance the larger rate of that table and of the table of one look.
 *
 * Looks of a track may be near copies, and their mean is then no better than one of them. So no distance promises more than it
 * does for one look, and what makes the table of one look stricter (people of the site, a tail) holds for fused ones as well.
 * @returns undefined where no such table was made.
 */
export function tableFor(table: CalibrationTable, looks: number): CalibrationTable | undefined {
  const own = table.fused?.find((one) => one.looks === looks);
  if (own === undefined) return undefined;
  const { source, digest, matedPairs, rows: single } = table;
  const { people, impostorPairs } = own;
  const measured: CalibrationTable = { source, digest, people, impostorPairs, matedPairs, rows: own.rows };
  const last = Math.min(single.at(-1)?.distance ?? 0, own.rows.at(-1)?.distance ?? 0);
  const distances = [...new Set([...single, ...own.rows].map((row) => row.distance))]
    .filter((at) => at <= last)
    .sort((a, b) => a - b);
  // Between rows both tables are exponential, so the larger of two is nowhere above the line between the larger ends.
  const rows = distances.map((at) => ({ distance: at, fmr: larger(table, measured, distance(at)) }));
  return { ...measured, impostorPairs: Math.min(table.impostorPairs, impostorPairs), rows };
}

const larger = (a: CalibrationTable, b: CalibrationTable, at: Distance): number =>
  Math.max(fmrOf(a, at), fmrOf(b, at));
