/**
 * Collects the distances that decide an evaluation, with the people they belong to: all mated pairs, and the nearest impostor pairs.
 *
 * A bootstrap over people needs to know who took part; the far impostor pairs only need to be counted, because no
 * operating point is among them.
 */
import type { Metric } from '../distance.js';
import type { Comparison } from '../head/comparison.js';
import { type Between, type DistanceRows, rowsBetween, rowsByMetric } from './distance-rows.js';
import { ranked } from './ranked.js';

export interface Probe {
  readonly person: string;
  readonly vector: Float32Array;
  /** The same photo as projected for the live side, where a twin's sides differ (head/crowd-context.ts); absent: `vector`. */
  readonly opposite?: Float32Array;
}

export interface PairScores {
  /** Photos of each person on either side; the index is the person's number. */
  readonly photos: readonly { readonly template: number; readonly live: number }[];
  /** Whether both sides are the same photos: then each pair counts once and no photo meets itself. */
  readonly oneSet: boolean;
  /** The farthest first; before them the pairs without a distance. */
  readonly mated: { readonly distances: Float32Array; readonly people: Int32Array };
  /** The nearest ones, rising. */
  readonly near: { readonly distances: Float32Array; readonly a: Int32Array; readonly b: Int32Array };
  /** Of all impostor pairs, near and far. */
  readonly impostors: number;
}

/** Receives every pair as it is measured. @param a and `b` places in the lists of templates and of live probes. */
type PairListener = (distance: number, a: number, b: number, mated: boolean) => void;

export interface PairScoresOptions {
  /** Of the impostor pairs to keep, 0..1; at least three times the highest rate that will be evaluated. */
  readonly share: number;
  readonly onPair?: PairListener;
}

/**
 * @param live absent: the templates against each other.
 * @param measure the name of a metric is several times faster than a function between two vectors.
 */
export function pairScores(
  templates: readonly Probe[],
  live: readonly Probe[] | undefined,
  measure: Between | Metric,
  { share, onPair }: PairScoresOptions,
): PairScores {
  const oneSet = live === undefined;
  const { left, right, photos } = numberPeople(templates, live);
  const impostors = totalPairs(photos, oneSet);
  const near = nearest(Math.max(1, Math.ceil(share * impostors)));
  const mated: MatedPairs = { distances: [], people: [] };
  const rows = rowsOf(templates, live, measure);
  const row = new Float32Array(right.length);
  left.forEach((a, i) => {
    const from = oneSet ? i + 1 : 0;
    rows(i, from, row);
    for (let j = from; j < right.length; j += 1) {
      const b = right[j] as number;
      const distance = row[j] as number;
      onPair?.(distance, i, j, a === b);
      if (a === b) {
        mated.distances.push(distance);
        mated.people.push(a);
      } else near.offer(distance, a, b);
    }
  });
  return { photos, oneSet, mated: farthestFirst(mated), near: near.take(), impostors };
}

interface MatedPairs {
  readonly distances: number[];
  readonly people: number[];
}

/** Numbers people in the order in which they appear. */
function numberPeople(templates: readonly Probe[], live: readonly Probe[] | undefined) {
  const numbers = new Map<string, number>();
  for (const { person } of [...templates, ...(live ?? [])])
    if (!numbers.has(person)) numbers.set(person, numbers.size);
  const numbered = (probes: readonly Probe[]): Int32Array =>
    Int32Array.from(probes, ({ person }) => numbers.get(person) ?? -1);
  const [left, right] = [numbered(templates), numbered(live ?? templates)];
  const photos = Array.from(numbers, () => ({ template: 0, live: 0 }));
  for (const person of left) count(photos, person, 'template');
  for (const person of right) count(photos, person, 'live');
  return { left, right, photos };
}

function rowsOf(
  templates: readonly Probe[],
  live: readonly Probe[] | undefined,
  measure: Between | Metric,
): DistanceRows {
  const vectors = templates.map(({ vector }) => vector);
  const hasOpposite = templates.some(({ opposite }) => opposite !== undefined);
  const others =
    live !== undefined
      ? live.map(({ vector }) => vector)
      : hasOpposite
        ? templates.map(({ vector, opposite }) => opposite ?? vector)
        : vectors;
  return typeof measure === 'string'
    ? rowsByMetric(vectors, others, measure)
    : rowsBetween(vectors, others, measure);
}

/** Pairs without a distance first: they match at no threshold. */
function farthestFirst({ distances, people }: MatedPairs): PairScores['mated'] {
  const rank = (i: number): number => {
    const distance = distances[i] ?? Number.NaN;
    return Number.isNaN(distance) ? Number.MAX_VALUE : distance;
  };
  const order = Uint32Array.from(distances, (_, i) => i).sort((a, b) => rank(b) - rank(a));
  return {
    distances: Float32Array.from(order, (i) => distances[i] ?? Number.NaN),
    people: Int32Array.from(order, (i) => people[i] ?? -1),
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

/** Keeps the `keep` nearest of all that are offered, in twice the space; of equal ones the earlier. */
function nearest(keep: number) {
  const capacity = 2 * keep + 16;
  const distances = new Float32Array(capacity);
  const a = new Int32Array(capacity);
  const b = new Int32Array(capacity);
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
      if (size === capacity) thinOut();
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

/**
 * Makes the probe of a photograph that is to be compared with others of its own set: once as a template, once as a live face.
 * @param vector of the trunk. Behind a crowd a twin's two sides differ; otherwise one vector serves both.
 */
export function bothSides(
  { head, template, live }: Pick<Comparison, 'head' | 'template' | 'live'>,
  person: string,
  vector: Float32Array,
): Probe {
  const probe = { person, vector: template(vector) };
  return head.crowd === undefined ? probe : { ...probe, opposite: live(vector) };
}
