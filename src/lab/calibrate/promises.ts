/** Lists what a table promises at the usual rates, with the counts behind each. */
import { type FalseMatchRate, falseMatchRate } from '../../base/units.js';
import { distanceAt, isExtrapolated } from '../../biometrics/fmr.js';
import type { CalibrationTable } from '../../biometrics/model-card.js';
import { upperBound } from '../../biometrics/statistics/build-calibration.js';

/**
 * 'measured': by the rule of 30 (Doddington 2000) known to within a third. 'bounded': by the rule of three not higher, and no
 * more is known. 'extrapolated': from the tail of the distances. 'none': not promised.
 */
type Support = 'measured' | 'bounded' | 'extrapolated' | 'none';

export interface PromiseRow {
  readonly fmr: FalseMatchRate;
  readonly support: Support;
  /** Up to which the rate is promised; the rest is absent where it is not. */
  readonly distance?: number;
  /** Impostor pairs at most this far apart. */
  readonly falseMatches?: number;
  /** Upper end of the one-sided 95 % interval of their share. */
  readonly upTo?: number;
  /** Mated pairs at most this far apart, and their share. */
  readonly matches?: number;
  readonly tmr?: number;
}

const RATES = [1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8];
/** Rule of 30. */
const EVENTS = 30;

/** @param asked a further rate. */
export function promisesOf(
  table: CalibrationTable,
  mated: Float32Array,
  impostors: Float32Array,
  asked?: FalseMatchRate,
): readonly PromiseRow[] {
  const rates = [...new Set([...RATES, ...(asked === undefined ? [] : [asked])])].sort((a, b) => b - a);
  return rates.map((rate) => rowFor(falseMatchRate(rate), table, mated, impostors));
}

function rowFor(
  fmr: FalseMatchRate,
  table: CalibrationTable,
  mated: Float32Array,
  impostors: Float32Array,
): PromiseRow {
  const distance = distanceAt(table, fmr);
  if (distance === undefined) return { fmr, support: 'none' };
  const falseMatches = countUpTo(impostors, distance);
  const matches = countUpTo(mated, distance);
  return {
    fmr,
    support: supportOf(fmr, table),
    distance,
    falseMatches,
    upTo: upperBound(falseMatches, impostors.length),
    matches: mated.length === 0 ? undefined : matches,
    tmr: mated.length === 0 ? undefined : matches / mated.length,
  };
}

function supportOf(fmr: FalseMatchRate, table: CalibrationTable): Support {
  if (isExtrapolated(table, fmr)) return 'extrapolated';
  return fmr * table.impostorPairs >= EVENTS ? 'measured' : 'bounded';
}

function countUpTo(distances: Float32Array, bound: number): number {
  let count = 0;
  for (let i = 0; i < distances.length; i += 1) if ((distances[i] as number) <= bound) count += 1;
  return count;
}
