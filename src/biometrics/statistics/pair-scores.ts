/**
 * The distances that decide an evaluation, with whose they are: all mated pairs, and the nearest impostor pairs.
 *
 * Who took part is what a bootstrap over people needs; the far impostor pairs only need to be counted, because no
 * operating point lies among them.
 */

import type { Metric } from '../distance.js';
import { type Between, rowsBetween, rowsByMetric } from './distance-rows.js';
import { ranked } from './ranked.js';

export interface Probe {
  /** Who it is. */
  readonly person: string;
  readonly vector: Float32Array;
  /** The same photo as it stands on the live side, where a twin's sides differ (head/crowd.ts); absent: `vector`. */
  readonly opposite?: Float32Array;
}

export interface PairScores {
  /** Photos of each person on either side; the index is the person's number. */
  readonly photos: readonly { readonly template: number; readonly live: number }[];
  /** Whether both sides are the same photos: then each pair counts once and no photo meets itself. */
  readonly oneSet: boolean;
  /** The farthest first; whatever has no distance before them. */
  readonly mated: { readonly distances: Float32Array; readonly people: Int32Array };
  /** The nearest ones, rising. */
  readonly near: { readonly distances: Float32Array; readonly a: Int32Array; readonly b: Int32Array };
  /** Of all impostor pairs, near and far. */
  readonly impostors: number;
}

/** Sees every pair as it is measured. @param a and `b` places in the lists of templates and of live probes. */
export type Witness = (distance: number, a: number, b: number, mated: boolean) => void;

/**
 * @param live absent: the templates against each other.
 * @param measure the name of a metric is several times faster than a function between two vectors.
 * @param share of the impostor pairs to keep, 0..1; at least three times the highest rate that will be asked for.
 */
export function pairScores(
  templates: readonly Probe[],
  live: readonly Probe[] | undefined,
  measure: Between | Metric,
  share: number,
  witness: Witness = () => {},
): PairScores {
  const numbers = new Map<string, number>();
  for (const { person } of [...templates, ...(live ?? [])])
    if (!numbers.has(person)) numbers.set(person, numbers.size);
  const numbered = (probes: readonly Probe[]): Int32Array =>
    Int32Array.from(probes, ({ person }) => numbers.get(person) ?? -1);
  const [left, right] = [numbered(templates), numbered(live ?? templates)];
  const others = live ?? templates;
  const photos = Array.from(numbers, () => ({ template: 0, live: 0 }));
  for (const person of left) count(photos, person, 'template');
  for (const person of right) count(photos, person, 'live');
  const oneSet = live === undefined;
  const impostors = totalPairs(photos, oneSet);
  const near = nearest(Math.max(1, Math.ceil(share * impostors)));
  const matedDistances: number[] = [];
  const matedPeople: number[] = [];
  const vectors = templates.map(({ vector }) => vector);
  const isOneVector = oneSet && templates.every(({ opposite }) => opposite === undefined);
  const otherVectors = isOneVector
    ? vectors
    : others.map(({ vector, opposite }) => (oneSet ? (opposite ?? vector) : vector));
  const rows =
    typeof measure === 'string'
      ? rowsByMetric(vectors, otherVectors, measure)
      : rowsBetween(vectors, otherVectors, measure);
  const row = new Float32Array(others.length);
  left.forEach((a, i) => {
    const from = oneSet ? i + 1 : 0;
    rows(i, from, row);
    for (let j = from; j < right.length; j += 1) {
      const b = right[j] as number;
      const distance = row[j] as number;
      witness(distance, i, j, a === b);
      if (a === b) {
        matedDistances.push(distance);
        matedPeople.push(a);
      } else near.offer(distance, a, b);
    }
  });
  const rank = (i: number): number => {
    const distance = matedDistances[i] ?? Number.NaN;
    return Number.isNaN(distance) ? Number.MAX_VALUE : distance;
  };
  const farthestFirst = Uint32Array.from(matedDistances, (_, i) => i).sort((a, b) => rank(b) - rank(a));
  return {
    photos,
    oneSet,
    mated: {
      distances: Float32Array.from(farthestFirst, (i) => matedDistances[i] ?? Number.NaN),
      people: Int32Array.from(farthestFirst, (i) => matedPeople[i] ?? -1),
    },
    near: near.take(),
    impostors,
  };
}

/** How many pairs of different people there are, when person i counts `weights[i]` times. */
export function totalPairs(
  photos: PairScores['photos'],
  oneSet: boolean,
  weights?: Float64Array | Int32Array,
): number {
  let templates = 0;
  let live = 0;
  let own = 0;
  photos.forEach((of, person) => {
    const weight = weights?.[person] ?? 1;
    templates += weight * of.template;
    live += weight * of.live;
    own += weight * of.template * (weight * of.live);
  });
  return (templates * live - own) / (oneSet ? 2 : 1);
}

/** Keeps the `keep` nearest of all that are offered, in twice the room; of equal ones those that came first. */
function nearest(keep: number) {
  const room = 2 * keep + 16;
  const distances = new Float32Array(room);
  const a = new Int32Array(room);
  const b = new Int32Array(room);
  let size = 0;
  let bound = Number.POSITIVE_INFINITY;
  const thinOut = (): void => {
    bound = ranked(distances.subarray(0, size), [keep - 1])[0]?.value ?? bound;
    let nearer = 0;
    for (let i = 0; i < size; i += 1) if ((distances[i] as number) < bound) nearer += 1;
    let ties = keep - nearer;
    let kept = 0;
    for (let i = 0; i < size; i += 1) {
      const distance = distances[i] as number;
      if (!(distance < bound) && !(distance === bound && ties-- > 0)) continue;
      distances[kept] = distance;
      a[kept] = a[i] as number;
      b[kept] = b[i] as number;
      kept += 1;
    }
    size = kept;
  };
  return {
    take() {
      if (size > keep) thinOut();
      const order = Uint32Array.from({ length: size }, (_, i) => i).sort(
        (x, y) => (distances[x] as number) - (distances[y] as number),
      );
      return {
        distances: Float32Array.from(order, (i) => distances[i] as number),
        a: Int32Array.from(order, (i) => a[i] as number),
        b: Int32Array.from(order, (i) => b[i] as number),
      };
    },
    offer(distance: number, first: number, second: number): void {
      if (!(distance < bound)) return;
      distances[size] = distance;
      a[size] = first;
      b[size] = second;
      size += 1;
      if (size === room) thinOut();
    },
  };
}

function count(
  photos: { template: number; live: number }[],
  person: number,
  side: 'template' | 'live',
): void {
  const of = photos[person];
  if (of !== undefined) of[side] += 1;
}
