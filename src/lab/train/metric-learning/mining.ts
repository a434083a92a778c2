/**
 * Which triplets of a batch are worth learning from: nearly all are easy and teach nothing.
 *
 * With sides, a pair always has one template and one live face, as at the gate: the anchor may be either.
 */
import type { Pair } from './contrastive.js';
import { type Rows, squaredDistances } from './rows.js';
import type { Triplet } from './triplet.js';

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
export function pairsOf(triplets: readonly Triplet[]): readonly Pair[] {
  const pairs = new Map<string, Pair>();
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
