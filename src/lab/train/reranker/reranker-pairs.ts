/** What a reranker learns from: pairs of one person, and of two the nearest, because only those are ever asked about. */

import { randomFrom, shuffled, wholeBelow } from '../../../base/random.js';
import type { Metric } from '../../../biometrics/distance.js';
import { rowsByMetric } from '../../../biometrics/statistics/distance-rows.js';
import type { Probe } from '../../../biometrics/statistics/pair-scores.js';
import type { TrainingPair } from './fit-reranker.js';

/** One person has 530 photographs of LFW and would otherwise be most of it. */
const MATED_PER_PERSON = 20;
const NEAREST_IMPOSTORS = 8;
const RANDOM_IMPOSTORS = 2;

interface RerankPairs {
  readonly pairs: readonly TrainingPair[];
  /** Mean distance of random impostor pairs. */
  readonly scale: number;
}

/** @param probes what is compared: behind the head. */
export function rerankPairs(probes: readonly Probe[], metric: Metric, seed: number): RerankPairs {
  const random = randomFrom(seed);
  const vectors = probes.map(({ vector }) => vector);
  const rows = rowsByMetric(vectors, vectors, metric);
  const row = new Float32Array(vectors.length);
  const mated = new Map<string, TrainingPair[]>();
  const impostors: TrainingPair[] = [];
  let sum = 0;
  let drawn = 0;
  probes.forEach(({ person, vector: a }, i) => {
    rows(i, 0, row);
    const others: number[] = [];
    const own = mated.get(person) ?? [];
    mated.set(person, own);
    probes.forEach((other, j) => {
      if (other.person !== person) others.push(j);
      else if (j > i) own.push({ a, b: other.vector, same: true });
    });
    others.sort((x, y) => (row[x] as number) - (row[y] as number));
    const chance = Array.from(
      { length: RANDOM_IMPOSTORS },
      () => others[wholeBelow(others.length, random)] ?? -1,
    );
    for (const j of chance) {
      const away = row[j] ?? Number.NaN;
      if (!(away >= 0)) continue;
      sum += away;
      drawn += 1;
    }
    for (const j of new Set([...others.slice(0, NEAREST_IMPOSTORS), ...chance])) {
      const b = vectors[j];
      if (b !== undefined) impostors.push({ a, b, same: false });
    }
  });
  const own = [...mated.values()].flatMap((pairs) => shuffled(pairs, random).slice(0, MATED_PER_PERSON));
  return { pairs: [...own, ...impostors], scale: sum / Math.max(1, drawn) };
}
