/** How alike is too alike, and how unlike is too unlike? Said in false match rates, so that it holds for every encoder. */
import { distance, falseMatchRate } from '../base/units.js';
import type { CalibrationTable } from '../siamese/card.js';
import { distanceAt, fmrOf } from '../siamese/fmr.js';
import type { LikenessLimits } from './enrolment-rules.js';

/** One photograph in a thousand may be taken for somebody else's by mistake, however many are enrolled. */
const MISTAKEN = 1e-3;

/**
 * One stranger in a hundred comes this near; hardly any photograph of the same person is farther off (mobile on LFW: 4 in
 * 1,000).
 */
const STRANGER = 1e-2;

/**
 * A larger gallery is stricter by itself, down to the smallest rate that the table supports.
 * @param templates how many a new one is compared with, 0 or more.
 */
export function likenessLimits(table: CalibrationTable, templates: number): LikenessLimits {
  const smallest = fmrOf(table, distance(table.rows[0]?.distance ?? 0));
  const likeAnother = distanceAt(
    table,
    falseMatchRate(Math.max(smallest, MISTAKEN / Math.max(1, templates))),
  );
  const unlikeOwn = distanceAt(table, falseMatchRate(Math.max(smallest, STRANGER)));
  return {
    ...(likeAnother === undefined ? {} : { likeAnother }),
    ...(unlikeOwn === undefined ? {} : { unlikeOwn }),
  };
}
