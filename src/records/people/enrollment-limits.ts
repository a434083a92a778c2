/** How alike is too alike, and how unlike is too unlike? Said in false match rates, so that it holds for every encoder. */
import { type Distance, falseMatchRate } from '../../base/units.js';
import { distanceAt } from '../../biometrics/fmr.js';
import type { CalibrationTable } from '../../biometrics/model-card.js';
import type { LikenessLimits } from './enrollment-rules.js';

/**
 * One photograph in a hundred may be taken for somebody else's by mistake, however many are enrolled: somebody looks at
 * it twice. One person under two ids would be sent away at the gate every day, because each is as near as the other.
 */
const MISTAKEN = 1e-2;

/** The few nearest strangers of a table are often one person under two names; a dozen of them are believed. */
const BELIEVED = 12;

/**
 * One stranger in a hundred comes this near, and hardly any photograph of the same person is farther off: with pack
 * `mobile` 5 of 861 pairs of LFW, while 397 of 400 photographs of a wrong person are.
 */
const IMPOSTOR = 1e-2;

/**
 * A larger gallery is stricter by itself, down to the smallest rate that the table is believed.
 * @param templates how many a new one is compared with, 0 or more.
 */
export function likenessLimits(table: CalibrationTable, templates: number): LikenessLimits {
  const likeAnother = farthest(table, MISTAKEN / Math.max(1, templates));
  const unlikeOwn = farthest(table, IMPOSTOR);
  return {
    likeAnother,
    unlikeOwn,
  };
}

function farthest(table: CalibrationTable, rate: number): Distance | undefined {
  return distanceAt(table, falseMatchRate(Math.max(rate, BELIEVED / table.impostorPairs)));
}
