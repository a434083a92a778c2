/** Evaluates a head on people it was not trained on: match rates before and after, on the same pairs, with their intervals. */
import { randomFrom } from '../../base/random.js';
import type { Metric } from '../distance.js';
import { applyHead } from '../head/apply-head.js';
import { type Head, metricAfter, type Side } from '../head/head.js';
import type { HeldOut } from '../training-record.js';
import { type BootstrapPlan, drawnPeople } from './bootstrap.js';
import { type PairScores, type PairScoresOptions, pairScores } from './pair-scores.js';
import { OTHER_PEOPLE, peopleSpread, SPREAD_REPLICATES, SPREAD_SHARE } from './people-spread.js';
import { type Counting, type Sweep, sweep } from './sweep.js';
import type { SidedPhoto } from './training-sets.js';

const RATES = [1e-2, 1e-3, 1e-4, 1e-5, 1e-6];
/** Rule of 30: fewer false matches than these, and the rate is known to worse than a third. */
const EVENTS = 30;
/** Three times the highest rate: a replicate may weigh the nearest pairs less. */
const NEAR_SHARE = 3e-2;
const COUNTINGS: readonly Counting[] = ['people', 'pairs'];

/** @returns for each rate that the pairs support, from the highest to the smallest; each once by people and once by pairs. */
export function examine(
  { before, after }: { readonly before: Head; readonly after: Head },
  photos: readonly SidedPhoto[],
  trunk: Metric,
  plan: BootstrapPlan,
): readonly HeldOut[] {
  const was = scoresOf(before, photos, trunk);
  const is = scoresOf(after, photos, trunk);
  const fmrs = RATES.filter((fmr) => fmr * was.impostors >= EVENTS);
  const random = randomFrom(plan.seed);
  // What both heads share by chance cancels out: each replicate weighs the same people for both, for all rates at once.
  const replicates = Array.from({ length: plan.replicates }, () => {
    const weights = drawnPeople(was.photos.length, random);
    return liftsOf(sweptAt(was, fmrs, weights), sweptAt(is, fmrs, weights));
  });
  const [old, now] = [sweptAt(was, fmrs), sweptAt(is, fmrs)];
  return fmrs.flatMap((fmr, at) =>
    COUNTINGS.flatMap((counting): HeldOut[] => {
      const [tmrBefore, tmrAfter] = [tmrsOf(old, counting)[at], tmrsOf(now, counting)[at]];
      const lifts = replicates
        .map((of) => of[counting][at] ?? Number.NaN)
        .filter(Number.isFinite)
        .sort((a, b) => a - b);
      const [liftFrom, liftTo] = [percentile(lifts, 0.025), percentile(lifts, 0.975)];
      // The table requires every number: a row with one that cannot be shown is left out.
      if (!isShare(tmrBefore) || !isShare(tmrAfter) || liftFrom === undefined || liftTo === undefined)
        return [];
      return [
        {
          fmr,
          counting,
          people: was.photos.length,
          photos: photos.length,
          matedPairs: was.mated.distances.length,
          impostorPairs: was.impostors,
          tmrBefore,
          tmrAfter,
          lift: tmrAfter - tmrBefore,
          liftFrom,
          liftTo,
        },
      ];
    }),
  );
}

/** The decisive row: the smallest rate that was examined, with every person counting once. */
export const decisive = (rows: readonly HeldOut[]): HeldOut | undefined =>
  rows.findLast(({ counting }) => counting === 'people');

/**
 * A half-twin compares templates with live faces; everything else compares all with all.
 */
export function scoresOf(
  head: Head,
  photos: readonly SidedPhoto[],
  trunk: Metric,
  { share = NEAR_SHARE, onPair }: Partial<PairScoresOptions> = {},
): PairScores {
  const options = { share, onPair };
  const metric = metricAfter(head, trunk);
  const onSide = (side: Side) =>
    photos
      .filter((photo) => photo.side === side)
      .map(({ person, embedding }) => ({ person, vector: applyHead(head, side, embedding) }));
  if (photos.some(({ side }) => side === 'template'))
    return pairScores(onSide('template'), onSide('live'), metric, options);
  const probes = photos.map(({ person, embedding }) => ({
    person,
    vector: applyHead(head, 'template', embedding),
    opposite: head.crowd === undefined ? undefined : applyHead(head, 'live', embedding),
  }));
  return pairScores(probes, undefined, metric, options);
}

/**
 * How many times the share of so many nearest pairs behind a head is claimed, as delivered tables do: the upper end of the interval over
 * people, for other people than these.
 */
export const spreadBehind = (
  head: Head,
  photos: readonly SidedPhoto[],
  trunk: Metric,
  seed: number,
): ((events: number) => number) =>
  peopleSpread(scoresOf(head, photos, trunk, { share: SPREAD_SHARE }), {
    replicates: SPREAD_REPLICATES,
    seed,
    margin: OTHER_PEOPLE,
  });

type Lifts = Readonly<Record<Counting, Float64Array>>;

const sweptAt = (scores: PairScores, fmrs: readonly number[], weights?: Int32Array): Sweep =>
  sweep(scores, { fmrs, fixed: [] }, weights);

const tmrsOf = ({ tmrByPairs, tmrByPeople, thresholds }: Sweep, counting: Counting): Float64Array =>
  (counting === 'pairs' ? tmrByPairs : tmrByPeople).map((tmr, at) =>
    Number.isNaN(thresholds[at]) ? Number.NaN : tmr,
  );

function liftsOf(was: Sweep, is: Sweep): Lifts {
  const lifts = (counting: Counting): Float64Array => {
    const before = tmrsOf(was, counting);
    return tmrsOf(is, counting).map((after, at) => after - (before[at] ?? Number.NaN));
  };
  return { people: lifts('people'), pairs: lifts('pairs') };
}

/** @param rising sorted. */
const percentile = (rising: readonly number[], share: number): number | undefined =>
  rising[Math.round(share * (rising.length - 1))];

const isShare = (value: number | undefined): value is number =>
  value !== undefined && value >= 0 && value <= 1;
