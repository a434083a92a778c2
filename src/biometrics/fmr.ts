/**
 * Maps distances to false match rates: the share of impostors that would come as close.
 *
 * A table is read so that it never promises more than was measured. Between two rows the rate's logarithm is
 * interpolated over the distance, because impostor tails fall roughly exponentially; beyond the last row it is 1.
 */
import { type Distance, distance, type FalseMatchRate, falseMatchRate } from '../base/units.js';
import type { CalibrationTable } from './model-card.js';

/** With no event in n trials the rate is below 3/n at 95 % (the "rule of three": -ln 0.05 = 2.996). */
export const RULE_OF_THREE = 3;

/** The smallest rate that so many pairs can support. @returns 0 < rate <= 1. */
export const smallestRate = (impostorPairs: number): FalseMatchRate =>
  falseMatchRate(impostorPairs > RULE_OF_THREE ? RULE_OF_THREE / impostorPairs : 1);

/** So many matching pairs make a rate known to an eighth each way at 95 %: 1.96 / sqrt(250). */
const SURE_PAIRS = 250;

/** The smallest rate that is measured so well; 1 for a table of few pairs. */
export const surelyMeasured = ({ impostorPairs }: Pick<CalibrationTable, 'impostorPairs'>): FalseMatchRate =>
  falseMatchRate(impostorPairs > SURE_PAIRS ? SURE_PAIRS / impostorPairs : 1);

/** The smallest rate that a table promises: what its pairs support, or what was extrapolated from them. */
export const floorOf = ({ impostorPairs, extrapolation }: Omit<CalibrationTable, 'rows'>): FalseMatchRate =>
  extrapolation === undefined ? smallestRate(impostorPairs) : falseMatchRate(extrapolation.smallest);

/** Whether the rate is below what was measured: then it is never shown without the word "extrapolated". */
export const isExtrapolated = (
  { extrapolation }: Pick<CalibrationTable, 'extrapolation'>,
  fmr: FalseMatchRate,
): boolean => extrapolation !== undefined && fmr < extrapolation.below;

/**
 * @returns the false match rate of accepting at this distance, 0 < rate <= 1, never falling as the distance rises; 1 for NaN,
 * for a negative distance, and for distances beyond the table. Never below 3 / impostor pairs, regardless of the rows,
 * unless the table is marked as extrapolated.
 */
export function fmrOf(table: CalibrationTable, at: Distance): FalseMatchRate {
  const { rows } = table;
  if (!(at >= 0)) return falseMatchRate(1);
  const above = rows.findIndex((row) => row.distance >= at);
  const upper = rows[above];
  if (upper === undefined) return falseMatchRate(1);
  const floor = floorOf(table);
  const high = Math.max(upper.fmr, floor);
  const lower = rows[above - 1];
  if (lower === undefined || upper.distance === at) return falseMatchRate(Math.min(1, high));
  const low = Math.max(lower.fmr, floor);
  const share = (at - lower.distance) / (upper.distance - lower.distance);
  const rate = Math.exp(Math.log(low) + share * (Math.log(high) - Math.log(low)));
  // Rounding must not carry the rate past its neighbouring rows: that would break the order.
  return falseMatchRate(Math.min(high, Math.max(low, rate)));
}

/**
 * The inverse: the largest measured distance that still keeps the rate.
 * @returns undefined when the table cannot support so small a rate, or when it is no rate.
 */
export function distanceAt(table: CalibrationTable, fmr: FalseMatchRate): Distance | undefined {
  const { rows } = table;
  const rateAt = (at: number) => fmrOf(table, distance(at));
  const first = rows[0]?.distance ?? Number.NaN;
  if (!(rateAt(first) <= fmr)) return undefined;
  const tooFar = rows.findIndex((row) => rateAt(row.distance) > fmr);
  if (tooFar === -1) return distance(rows.at(-1)?.distance ?? first);
  // Bisection on fmrOf itself: the answer then agrees with it to the last bit, which a formula of its own would not.
  let near = rows[tooFar - 1]?.distance ?? first;
  let far = rows[tooFar]?.distance ?? first;
  for (let step = 0; step < 60; step += 1) {
    const middle = (near + far) / 2;
    if (rateAt(middle) <= fmr) near = middle;
    else far = middle;
  }
  return distance(near);
}
