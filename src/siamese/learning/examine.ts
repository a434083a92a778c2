/** What a head is worth to people it never saw: match rates before and after, on the same pairs, with their intervals. */
import { distanceOf, type Metric } from '../distance.js';
import { type BootstrapPlan, bootstrapLift } from '../evaluation/bootstrap.js';
import { type Counting, rateAt } from '../evaluation/match-rates.js';
import { type PairScores, pairScores } from '../evaluation/pair-scores.js';
import { applyHead } from '../head/apply.js';
import type { HeldOut } from '../head/card.js';
import { type Head, metricAfter } from '../head/head.js';
import type { SidedPhoto } from './photo.js';

const RATES = [1e-2, 1e-3, 1e-4, 1e-5, 1e-6];
/** Rule of 30: fewer false matches than these, and the rate is known to worse than a third. */
const EVENTS = 30;

/** @returns for each rate that the pairs support, from the highest to the smallest; each once by people and once by pairs. */
export function examine(
  before: Head,
  after: Head,
  photos: readonly SidedPhoto[],
  trunk: Metric,
  plan: BootstrapPlan,
): readonly HeldOut[] {
  const was = scoresOf(before, photos, trunk);
  const is = scoresOf(after, photos, trunk);
  return RATES.filter((fmr) => fmr * was.impostors >= EVENTS).flatMap((fmr) =>
    (['people', 'pairs'] as const).flatMap(
      (counting) => row(was, is, fmr, counting, photos.length, plan) ?? [],
    ),
  );
}

/** The row that decides: the smallest rate that was examined, with every person counting once. */
export const decisive = (rows: readonly HeldOut[]): HeldOut | undefined =>
  rows.findLast(({ counting }) => counting === 'people');

/** A half-twin compares templates with live faces; everything else compares all with all. */
export function scoresOf(head: Head, photos: readonly SidedPhoto[], trunk: Metric): PairScores {
  const between = distanceOf[metricAfter(head, trunk)];
  const probes = photos.map(({ person, embedding, side }) => ({
    side,
    person,
    vector: applyHead(head, side, embedding),
  }));
  const templates = probes.filter(({ side }) => side === 'template');
  const live = probes.filter(({ side }) => side === 'live');
  const share = 3 * (RATES[0] ?? 1);
  return templates.length === 0
    ? pairScores(live, undefined, between, share)
    : pairScores(templates, live, between, share);
}

function row(
  was: PairScores,
  is: PairScores,
  fmr: number,
  counting: Counting,
  photos: number,
  plan: BootstrapPlan,
): HeldOut | undefined {
  const lift = bootstrapLift(was, is, fmr, counting, plan);
  const tmrBefore = rateAt(was, fmr, counting)?.tmr;
  const tmrAfter = rateAt(is, fmr, counting)?.tmr;
  if (lift === undefined || tmrBefore === undefined || tmrAfter === undefined) return undefined;
  return {
    fmr,
    counting,
    people: was.photos.length,
    photos,
    matedPairs: was.mated.distances.length,
    impostorPairs: was.impostors,
    tmrBefore,
    tmrAfter,
    lift: lift.value,
    liftFrom: lift.from,
    liftTo: lift.to,
  };
}
