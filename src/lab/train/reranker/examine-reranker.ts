/** Evaluates a reranker on people that took no part, against the distance alone at the same false match rate. */
import { distanceOf, type Metric } from '../../../biometrics/distance.js';
import { type RerankerNetwork, scoreOf } from '../../../biometrics/reranker.js';
import { type BootstrapPlan, bootstrapLift } from '../../../biometrics/statistics/bootstrap.js';
import type { Between } from '../../../biometrics/statistics/distance-rows.js';
import { type PairScores, type Probe, pairScores } from '../../../biometrics/statistics/pair-scores.js';
import { rateAt } from '../../../biometrics/statistics/sweep.js';
import type { HeldOut } from '../../../biometrics/training-record.js';

const RATES = [1e-3, 1e-4];
/** Rule of 30. */
const EVENTS = 30;
/** Three times the highest rate. */
export const NEAR_SHARE = 3e-2;
/** Farther than any distance: whom the second opinion doubts matches at no bound. */
const DOUBTED = 1e6;

/**
 * The distance where the pair is accepted, and farther than all others where it is doubted.
 * @param near no pair beyond it is ever asked about.
 */
export function doubting(network: RerankerNetwork, accept: number, metric: Metric, near: number): Between {
  const between = distanceOf[metric];
  return (a, b) => {
    const away = between(a, b);
    return away <= near && !(scoreOf(network, a, b) >= accept) ? DOUBTED + away : away;
  };
}

/** The score that so small a share of the pairs of one person within `near` are below. */
export function acceptFor(
  network: RerankerNetwork,
  probes: readonly Probe[],
  { metric, near, share }: { readonly metric: Metric; readonly near: number; readonly share: number },
): number {
  const between = distanceOf[metric];
  const byPerson = new Map<string, Float32Array[]>();
  for (const { person, vector } of probes) byPerson.set(person, [...(byPerson.get(person) ?? []), vector]);
  // Each person once: the lowest score of its own pairs.
  const lowest: number[] = [];
  for (const own of byPerson.values()) {
    let least = Number.POSITIVE_INFINITY;
    own.forEach((a, i) => {
      for (const b of own.slice(i + 1))
        if (between(a, b) <= near) least = Math.min(least, scoreOf(network, a, b));
    });
    if (least < Number.POSITIVE_INFINITY) lowest.push(least);
  }
  lowest.sort((x, y) => x - y);
  return lowest[Math.floor(share * lowest.length)] ?? Number.NEGATIVE_INFINITY;
}

/** @returns for each rate that the pairs support; each once by people and once by pairs. */
export function examineReranker(
  before: PairScores,
  after: PairScores,
  photos: number,
  plan: BootstrapPlan,
): readonly HeldOut[] {
  return RATES.filter((fmr) => fmr * before.impostors >= EVENTS).flatMap((fmr) =>
    (['people', 'pairs'] as const).flatMap((counting) => {
      const lift = bootstrapLift({ before: before, after: after }, fmr, counting, plan);
      const tmrBefore = rateAt(before, fmr, counting)?.tmr;
      const tmrAfter = rateAt(after, fmr, counting)?.tmr;
      if (lift === undefined || tmrBefore === undefined || tmrAfter === undefined) return [];
      const counts = {
        people: before.photos.length,
        photos,
        matedPairs: before.mated.distances.length,
        impostorPairs: before.impostors,
      };
      const worth = { tmrBefore, tmrAfter, lift: lift.value, liftFrom: lift.from, liftTo: lift.to };
      return [{ fmr, counting, ...counts, ...worth }];
    }),
  );
}

/**
 * By the score in the place of the distance: what learning is stopped by.
 * @param near farther pairs are not scored: they match at no bound.
 */
export function rerankedScores(
  network: RerankerNetwork,
  probes: readonly Probe[],
  metric: Metric,
  near: number,
): PairScores {
  const between = distanceOf[metric];
  const measure: Between = (a, b) => {
    const away = between(a, b);
    return away <= near ? -scoreOf(network, a, b) : DOUBTED + away;
  };
  return pairScores(probes, undefined, measure, { share: NEAR_SHARE });
}
