/**
 * Does a calibration table keep its word on people who had no part in it? Asked at several rates, with the exact interval
 * of Clopper and Pearson, because few pairs can look bad by chance.
 */
import { type FalseMatchRate, falseMatchRate } from '../../base/units.js';
import { type Rate, rateOf } from './clopper-pearson.js';

const ASKED_AT = [0.1, 0.01, 0.001].map(falseMatchRate);
/** Other people than the table was made of, and pairs that share people: so much more is not yet a false promise. */
const SLACK = 3;

interface BrokenPromise {
  readonly promised: FalseMatchRate;
  readonly found: Rate;
}

/**
 * @param impostors of each pair of two people, the rate that the table gives for their distance.
 * @returns the first rate at which certainly (95 %) more than three times as many pairs match.
 */
export function brokenPromise(impostors: readonly FalseMatchRate[]): BrokenPromise | undefined {
  for (const promised of ASKED_AT) {
    const found = rateOf(impostors.filter((rate) => rate <= promised).length, impostors.length);
    if (!(found.from <= promised * SLACK)) return { promised, found };
  }
  return undefined;
}
