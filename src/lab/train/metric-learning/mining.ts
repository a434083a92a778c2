/**
 * Which triplets of a batch are worth learning from: nearly all are easy and teach nothing.
 *
 * With sides, a pair always has one template and one live face, as at the gate: the anchor may be either.
 */

import { type Random, shuffled } from '../../../base/random.js';
import { type RowPair, type Rows, squaredDistances, type Triplet } from './rows.js';

export type Mining = 'semi-hard' | 'batch-hard';

type Mine = (rows: Rows, margin: number) => readonly Triplet[];

/** @param margin in squared distance. */
export const mine: Readonly<Record<Mining, Mine>> = { 'semi-hard': semiHard, 'batch-hard': batchHard };

/** For each anchor its farthest own and its nearest impostor (Hermans, Beyer, Leibe 2017). */
export function batchHard(rows: Rows): readonly Triplet[] {
  const { count, between, kindOf } = lookAt(rows);
  const triplets: Triplet[] = [];
  for (let anchor = 0; anchor < count; anchor += 1) {
    let positive = -1;
    let negative = -1;
    for (let other = 0; other < count; other += 1) {
      const kind = kindOf(anchor, other);
      if (kind === 'mated' && (positive < 0 || between(anchor, other) > between(anchor, positive)))
        positive = other;
      if (kind === 'impostor' && (negative < 0 || between(anchor, other) < between(anchor, negative)))
        negative = other;
    }
    if (positive >= 0 && negative >= 0) triplets.push({ anchor, positive, negative });
  }
  return triplets;
}

/**
 * For each anchor and each of its own, the nearest impostor that is farther than the own one, but not by the margin
 * (Schroff et al. 2015). Where there is none nothing is taken: nearer impostors would, early on, collapse everything to a point.
 */
export function semiHard(rows: Rows, margin: number): readonly Triplet[] {
  const { count, between, kindOf } = lookAt(rows);
  const triplets: Triplet[] = [];
  for (let anchor = 0; anchor < count; anchor += 1) {
    for (let positive = 0; positive < count; positive += 1) {
      if (kindOf(anchor, positive) !== 'mated') continue;
      const own = between(anchor, positive);
      let negative = -1;
      for (let other = 0; other < count; other += 1) {
        if (kindOf(anchor, other) !== 'impostor') continue;
        const away = between(anchor, other);
        if (away > own && away < own + margin && (negative < 0 || away < between(anchor, negative)))
          negative = other;
      }
      if (negative >= 0) triplets.push({ anchor, positive, negative });
    }
  }
  return triplets;
}

/** The two pairs in each triplet, each pair once: one mining serves both losses. */
export function pairsOf(triplets: readonly Triplet[]): readonly RowPair[] {
  const pairs = new Map<string, RowPair>();
  const add = (x: number, y: number, same: boolean): void => {
    const [a, b] = x < y ? [x, y] : [y, x];
    pairs.set(`${a} ${b}`, { a, b, same });
  };
  for (const { anchor, positive, negative } of triplets) {
    add(anchor, positive, true);
    add(anchor, negative, false);
  }
  return [...pairs.values()];
}

function lookAt(rows: Rows) {
  const squares = squaredDistances(rows);
  const { people, sides, shots } = rows;
  const count = people.length;
  return {
    count,
    between: (i: number, j: number): number => squares[i * count + j] ?? Number.NaN,
    kindOf: (i: number, j: number): 'mated' | 'impostor' | 'none' => {
      if (i === j || (sides !== undefined && sides[i] === sides[j])) return 'none';
      if (people[i] !== people[j]) return 'impostor';
      return shots !== undefined && shots[i] === shots[j] ? 'none' : 'mated';
    },
  };
}

/** Batches that hold several photos of one person: without them there is no positive to learn from. */
export interface BatchPlan {
  /** Rows in a batch, 4 or more. */
  readonly size: number;
  /** Of one person (and side) in one batch, at most. */
  readonly perPerson: number;
  /** Share of a batch given to people of a single photo, who can only form impostor pairs. 0..1 */
  readonly impostors: number;
}

/**
 * One epoch: every person that can be compared with itself comes once, in a random order.
 * @param people number of the person per row. @param sides as in Rows: then each side has up to `perPerson` photos.
 * @returns lists of rows.
 */
export function batchesOf(
  { people, sides }: { readonly people: Int32Array; readonly sides?: Uint8Array },
  { size, perPerson, impostors: strangers }: BatchPlan,
  random: Random,
): readonly (readonly number[])[] {
  const byPerson = new Map<number, number[]>();
  people.forEach((person, row) => {
    byPerson.set(person, [...(byPerson.get(person) ?? []), row]);
  });
  const chosen = (rows: readonly number[]): readonly number[] => {
    const mixed = shuffled(rows, random);
    if (sides === undefined) return mixed.slice(0, perPerson);
    return [0, 1].flatMap((side) => mixed.filter((row) => sides[row] === side).slice(0, perPerson));
  };
  const canTeach = (rows: readonly number[]): boolean =>
    sides === undefined ? rows.length > 1 : new Set(rows.map((row) => sides[row])).size > 1;
  const all = [...byPerson.values()];
  const teachers = shuffled(all.filter(canTeach), random);
  const lonely = shuffled(all.filter((rows) => !canTeach(rows)).flat(), random);

  const batches: number[][] = [];
  const room = Math.max(4, Math.round(size * (1 - (lonely.length > 0 ? strangers : 0))));
  let batch: number[] = [];
  for (const rows of teachers) {
    const some = chosen(rows);
    if (batch.length > 0 && batch.length + some.length > room) {
      batches.push(batch);
      batch = [];
    }
    batch.push(...some);
  }
  if (batch.length > 0) batches.push(batch);
  // Dealt out in turn, so that each batch gets others.
  let next = 0;
  for (const each of batches)
    for (; each.length < size && lonely.length > 0 && next < lonely.length * batches.length; next += 1) {
      const row = lonely[next % lonely.length];
      if (row === undefined || each.includes(row)) break;
      each.push(row);
    }
  return batches;
}
