/**
 * Measures open-set identification (1:N): which of the enrolled people this is, if any.
 *
 * FPIR: share of impostors for whom the gallery returns a candidate. FNIR: share of the enrolled whom it does not return as
 * the nearest one (ISO/IEC 19795-1). Both depend on the gallery's size, so the size belongs to every such figure.
 */
import { type Random, randomFrom, shuffled, wholeBelow } from '../../base/random.js';
import { type BootstrapPlan, type Interval, percentile } from './bootstrap.js';
import { allowingForNone } from './clopper-pearson.js';
import { countBelow } from './det.js';
import type { Between } from './distance-rows.js';
import type { Probe } from './pair-scores.js';

export interface Searches {
  /** People enrolled. */
  readonly galleryPeople: number;
  /** Per probe of an enrolled person: distance of the nearest template, and whether it is the person's own. */
  readonly mated: readonly {
    readonly person: string;
    readonly distance: number;
    readonly right: boolean;
  }[];
  /** Per probe of a person who is not enrolled: distance of the nearest template, rising. */
  readonly impostors: Float32Array;
}

interface IdentificationRate {
  readonly fpir: number;
  readonly fnir: number;
  readonly threshold: number;
}

/**
 * Enrolls one photo each of `size` people drawn at random, and searches with their other photos and with one photo each
 * of each person who is not enrolled. People with several photos are enrolled first; those with one only fill the gallery.
 * @param betweenIn distance from a template to a probe, where these templates are enrolled.
 * @returns undefined when there are not so many people, or none is left over.
 */
export function searchesAt(
  photos: readonly Probe[],
  size: number,
  betweenIn: (templates: readonly Probe[]) => Between,
  random: Random,
): Searches | undefined {
  const byPerson = new Map<string, Probe[]>();
  for (const photo of photos) byPerson.set(photo.person, [...(byPerson.get(photo.person) ?? []), photo]);
  if (size < 1 || size >= byPerson.size) return undefined;
  const drawn = shuffled([...byPerson.keys()], random);
  const hasSeveral = (person: string): boolean => (byPerson.get(person)?.length ?? 0) > 1;
  const inOrder = [...drawn.filter(hasSeveral), ...drawn.filter((person) => !hasSeveral(person))];
  const enrolled = new Set(inOrder.slice(0, size));
  const templates: Probe[] = [];
  const mated: Probe[] = [];
  const impostors: Probe[] = [];
  for (const [person, own] of byPerson) {
    const [first, ...rest] = shuffled(own, random);
    if (first === undefined) continue;
    if (!enrolled.has(person)) impostors.push(first);
    else {
      templates.push(first);
      mated.push(...rest);
    }
  }
  const between = betweenIn(templates);
  const nearest = ({ person, vector }: Probe) => {
    let distance = Number.POSITIVE_INFINITY;
    let right = false;
    for (const template of templates) {
      const away = between(template.vector, vector);
      if (!(away < distance)) continue;
      distance = away;
      right = template.person === person;
    }
    return { person, distance, right };
  };
  return {
    galleryPeople: size,
    mated: mated.map(nearest),
    impostors: Float32Array.from(impostors, (probe) => nearest(probe).distance).sort(),
  };
}

/**
 * FNIR where at most this share of impostors is returned a candidate.
 * @returns undefined when there are fewer than 1/fpir impostors or no mated probe.
 */
export function fnirAt(fpir: number, searches: Searches): IdentificationRate | undefined {
  const threshold = thresholdFor(fpir, searches.impostors);
  if (threshold === undefined || searches.mated.length === 0) return undefined;
  return { ...errorsAt(searches, threshold), threshold };
}

/**
 * The first distance at which one impostor more than allowed would be returned a candidate.
 * @param impostors rising. @returns undefined when there are fewer than 1/fpir of them.
 */
export function thresholdFor(fpir: number, impostors: Float32Array): number | undefined {
  const allowed = Math.floor(fpir * impostors.length + 1e-9);
  return allowed >= 1 ? (impostors[allowed] ?? Number.POSITIVE_INFINITY) : undefined;
}

/** Whatever is nearer than the threshold is returned. */
function errorsAt(
  { mated, impostors: strangers }: Searches,
  threshold: number,
): Omit<IdentificationRate, 'threshold'> {
  const found = mated.filter(({ distance, right }) => right && distance < threshold).length;
  return { fpir: countBelow(strangers, threshold) / strangers.length, fnir: 1 - found / mated.length };
}

/** Both rates of one threshold. */
export interface SearchErrors {
  readonly fpir: Interval;
  readonly fnir: Interval;
}

/**
 * How much of an identification rate is chance: which people were enrolled, and which were there at all.
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
  const interval = (of: 'fpir' | 'fnir', trials: number): Interval => {
    const sorted = Float64Array.from(again, (one) => one[of]).sort();
    const found = {
      value: values.reduce((sum, one) => sum + one[of], 0) / values.length,
      from: percentile(sorted, 0.025),
      to: percentile(sorted, 0.975),
    };
    return allowingForNone(found, trials);
  };
  // Of one draw: the draws are of the same people.
  const most = (trialsIn: (searches: Searches) => number): number => Math.max(...draws.map(trialsIn));
  return {
    fpir: interval(
      'fpir',
      most(({ impostors }) => impostors.length),
    ),
    fnir: interval(
      'fnir',
      most(({ mated }) => new Set(mated.map(({ person }) => person)).size),
    ),
  };
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
