/** How much of an identification rate is chance: which people were enrolled, and which were there at all. */
import { type Random, randomFrom, wholeBelow } from '../../base/random.js';
import { type BootstrapPlan, type Interval, percentile } from './bootstrap.js';
import { errorsAt, type Searches } from './identification-rates.js';

/** Both rates of one threshold. */
export interface SearchErrors {
  readonly fpir: Interval;
  readonly fnir: Interval;
}

/**
 * @param draws of the same size, each a gallery of its own.
 * @param thresholdOf what one gallery's threshold is, from its impostors (rising); undefined where they cannot show it.
 * @returns means over the draws; the interval is that of bootstrap replicates over the people of each draw, all together.
 * Undefined where a draw cannot show the threshold.
 */
export function searchErrors(
  draws: readonly Searches[],
  thresholdOf: (impostors: Float32Array) => number | undefined,
  { replicates, seed }: BootstrapPlan,
): SearchErrors | undefined {
  const random = randomFrom(seed);
  const each = Math.ceil(replicates / Math.max(1, draws.length));
  const values: { readonly fpir: number; readonly fnir: number }[] = [];
  const again: { readonly fpir: number; readonly fnir: number }[] = [];
  for (const searches of draws) {
    const threshold = thresholdOf(searches.impostors);
    if (threshold === undefined || searches.mated.length === 0) return undefined;
    values.push(errorsAt(searches, threshold));
    for (let i = 0; i < each; i += 1) {
      const drawn = redrawn(searches, random);
      const bound = thresholdOf(drawn.impostors);
      if (bound !== undefined) again.push(errorsAt(drawn, bound));
    }
  }
  if (values.length === 0 || again.length === 0) return undefined;
  const interval = (of: 'fpir' | 'fnir'): Interval => {
    const sorted = Float64Array.from(again, (one) => one[of]).sort();
    return {
      value: values.reduce((sum, one) => sum + one[of], 0) / values.length,
      from: percentile(sorted, 0.025),
      to: percentile(sorted, 0.975),
    };
  };
  return { fpir: interval('fpir'), fnir: interval('fnir') };
}

/** People with replacement: the probes of one person depend on each other; each impostor is one probe. */
function redrawn({ galleryPeople, mated, impostors }: Searches, random: Random): Searches {
  const byPerson = new Map<string, (typeof mated)[number][]>();
  for (const search of mated) {
    const own = byPerson.get(search.person);
    if (own === undefined) byPerson.set(search.person, [search]);
    else own.push(search);
  }
  const people = [...byPerson.values()];
  return {
    galleryPeople,
    mated: people.flatMap(() => people[wholeBelow(people.length, random)] ?? []),
    impostors: impostors.map(() => impostors[wholeBelow(impostors.length, random)] ?? Number.NaN).sort(),
  };
}
