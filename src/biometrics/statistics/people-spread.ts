/**
 * How far a false match rate may lie above what was measured, because pairs that share a person are not independent.
 *
 * One person who looks like many others brings as many false matches as there are pairs with them. So the interval is that of a
 * bootstrap over people (Bolle, Ratha, Pankanti 2004; ISO/IEC 19795-1), which grows with what people differ by, and not over pairs.
 */
import { randomFrom } from '../../base/random.js';
import { type BootstrapPlan, drawnPeople, percentile } from './bootstrap.js';
import { type PairScores, totalPairs } from './pair-scores.js';

/** Of the impostor pairs, as many as must be kept with their people: no gate asks for a higher rate. */
export const SPREAD_SHARE = 0.01;
/** Places at which the ratio is found; between two of them the larger holds. */
const PLACES = 80;
/**
 * Other people differ from the rate of these by as much on their own side, and one of them may have more photographs than all
 * here. Of 1, 1.25, 1.5, 1.75 and 2 the smallest by which tables of half of the people of LFW kept their promises on the other half in
 * nine deals of ten or more, at each of 1e-2 to 1e-5, with both packs (docs/RESULTS.md, bench/left-out-tables.ts).
 */
export const OTHER_PEOPLE = 1.5;
/** Of the bootstrap over people: its upper end is then known to a few percent of the interval. */
export const SPREAD_REPLICATES = 400;
/** One-sided 95 %. */
const UPPER = 0.95;

interface SpreadPlan extends BootstrapPlan {
  /**
   * How many times the interval's upper end is claimed: 1 for the rate of people like these, OTHER_PEOPLE where any other people
   * must keep it as well.
   */
  readonly margin: number;
}

/**
 * @param scores with the nearest pairs and their people.
 * @returns how many times the share of the `events` nearest pairs is claimed: the upper end of its one-sided 95 % interval, times the
 * margin. Beyond the pairs that were kept the ratio of the last is given: it falls with the number of pairs.
 */
export function peopleSpread(
  { near, photos, oneSet }: PairScores,
  { replicates, seed, margin }: SpreadPlan,
): (events: number) => number {
  const kept = near.distances.length;
  const places = [
    ...new Set(Array.from({ length: PLACES }, (_, i) => Math.round(kept ** (i / (PLACES - 1))))),
  ].filter((place) => place >= 1 && place <= kept);
  const shares = places.map(() => new Float64Array(replicates));
  const random = randomFrom(seed);
  for (let replicate = 0; replicate < replicates; replicate += 1) {
    const weights = drawnPeople(photos.length, random);
    const all = totalPairs(photos, oneSet, weights);
    let sum = 0;
    let from = 0;
    places.forEach((place, i) => {
      for (let pair = from; pair < place; pair += 1)
        sum += (weights[near.a[pair] ?? -1] ?? 0) * (weights[near.b[pair] ?? -1] ?? 0);
      from = place;
      (shares[i] as Float64Array)[replicate] = all > 0 ? sum / all : 0;
    });
  }
  const all = totalPairs(photos, oneSet);
  const ratios = places.map(
    (place, i) => Math.max(1, (percentile((shares[i] as Float64Array).sort(), UPPER) * all) / place) * margin,
  );
  return (events) => {
    const above = places.findIndex((place) => place >= events);
    if (above === -1) return ratios.at(-1) ?? margin;
    return Math.max(ratios[above] ?? margin, ratios[Math.max(0, above - 1)] ?? margin);
  };
}
