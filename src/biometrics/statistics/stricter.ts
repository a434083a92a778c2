/** Makes a table from many impostors stricter by the site's own people: where they come nearer, their rate applies. */
import { distance as toDistance } from '../../base/units.js';
import { fmrOf } from '../fmr.js';
import type { CalibrationTable } from '../model-card.js';
import { down, lowerBound, up, upperBound } from './build-calibration.js';
import { ranked } from './ranked.js';

const ROWS = 40;

interface SiteDistances {
  /** Of pairs of different people of the site, in any order. */
  readonly impostors: Float32Array;
  readonly people: number;
}

interface Stricter {
  readonly table: CalibrationTable;
  /** Rows at which the site's people came nearer than in the table; 0: the table holds here. */
  readonly raised: number;
}

/**
 * Never looser than the table: where the site's pairs contradict it (even the lower end of their 99.9 % interval is above
 * what it claims), the upper end of their 95 % interval is claimed instead. Few pairs contradict little.
 */
export function stricter(table: CalibrationTable, { impostors, people }: SiteDistances): Stricter {
  const count = impostors.length;
  const ranks = Array.from({ length: ROWS }, (_, i) => Math.round(count ** (i / (ROWS - 1))) - 1);
  const seen = ranked(
    impostors,
    [...new Set(ranks)].filter((rank) => rank >= 0 && rank < count),
  );
  const siteRate = (at: number, claimed: number): number => {
    const last = seen.findLast(({ value }) => down(value) <= at);
    if (last === undefined || !(lowerBound(last.upTo, count) > claimed)) return 0;
    return up(upperBound(last.upTo, count));
  };
  const distances = [
    ...new Set([...table.rows.map(({ distance }) => distance), ...seen.map(({ value }) => down(value))]),
  ]
    .filter((at) => Number.isFinite(at))
    .sort((a, b) => a - b);
  let raised = 0;
  let highest = 0;
  const rows = distances.map((distance) => {
    const claimed = fmrOf(table, toDistance(distance));
    const site = siteRate(distance, claimed);
    if (site > claimed) raised += 1;
    highest = Math.max(highest, claimed, site);
    return { distance, fmr: highest };
  });
  const source = `${table.source}; beside ${count} pairs of ${people} people of the site, stricter at ${raised} of ${rows.length} rows`;
  return { table: { ...table, source, people: table.people + people, rows }, raised };
}
