/** Evaluates 1:1 verification with every photograph against every other: FMR and FNMR with their intervals. */
import { TwinstileError } from '../../base/errors.js';
import { falseMatchRate } from '../../base/units.js';
import { distanceAt, isExtrapolated } from '../../biometrics/fmr.js';
import type { Lens } from '../../biometrics/head/comparison.js';
import type { CalibrationTable } from '../../biometrics/model-card.js';
import { type BootstrapPlan, bootstrapAll, type Interval } from '../../biometrics/statistics/bootstrap.js';
import { asCompared, type Measured } from '../../biometrics/statistics/metric.js';
import {
  bothSides,
  type PairScores,
  type Probe,
  pairScores,
} from '../../biometrics/statistics/pair-scores.js';
import { extremesOf, type Pair } from '../../biometrics/statistics/ranked.js';
import { thresholdAt } from '../../biometrics/statistics/sweep.js';
import {
  type AcquiredOf,
  type AcquiredPhoto,
  type ComparedBy,
  type PeoplePhotos,
  reasonsOf,
} from './acquire-photos.js';
import { type Spread, spreadOf, WORST, type WorstPairs } from './spread.js';

/** TMR where at most this share of impostor pairs match. */
interface RateRow {
  readonly fmr: number;
  readonly threshold: number;
  /** Impostor pairs that may match: below 30 of them the rate is known to worse than a third (rule of 30). */
  readonly falseMatches: number;
  /** Every mated pair counts once. */
  readonly byPairs: Interval | undefined;
  /** Every person counts once, however many photographs there are. */
  readonly byPeople: Interval | undefined;
}

/** The measured rates at the distance that the table in use gives for a claimed rate. */
interface ClaimRow {
  readonly claimed: number;
  /** Whether the table has it from the tail of its distances only. */
  readonly extrapolated: boolean;
  readonly threshold: number;
  readonly fmr: Interval | undefined;
  readonly fnmr: Interval | undefined;
}

export interface PairsResult extends ComparedBy, AcquiredOf {
  readonly people: number;
  readonly acquired: number;
  readonly matedPairs: number;
  readonly impostorPairs: number;
  readonly rates: readonly RateRow[];
  readonly claims: readonly ClaimRow[];
  readonly worst: WorstPairs;
  readonly spread: Spread;
}

const RATES = [1e-2, 1e-3, 1e-4, 1e-5, 1e-6];
/** Three times the highest rate: a replicate may weigh the nearest pairs less. */
const NEAR_SHARE = 3e-2;

/**
 * @param templates photographs of their own for the template side; absent: all against all.
 * @throws TwinstileError 'bad-arguments' when there is no mated or no impostor pair, or a half-twin has no templates.
 */
export function evaluatePairs(
  live: PeoplePhotos,
  templates: PeoplePhotos | undefined,
  plan: BootstrapPlan,
  by: Measured = asCompared(live.comparison),
): PairsResult {
  const { comparison, pack } = live;
  const { scores, worst, impostorDistances } = comparePairs(live, templates, by);
  const missing = [...(templates?.missing ?? []), ...live.missing];
  const acquired = live.shown.length + (templates?.shown.length ?? 0);
  return {
    pack,
    digest: comparison.digest,
    head: comparison.head.kind,
    people: scores.photos.length,
    photos: acquired + missing.length,
    acquired,
    notAcquired: reasonsOf(missing),
    missing,
    matedPairs: scores.mated.distances.length,
    impostorPairs: scores.impostors,
    // The table in use does not apply to the distances of another metric.
    ...measured(scores, by.declared === undefined ? comparison.calibration : undefined, plan),
    metric: by.declared?.name,
    has: by.declared?.has,
    worst,
    spread: spreadOf(scores.mated.distances, impostorDistances),
  };
}

interface ComparedPairs {
  readonly scores: PairScores;
  readonly worst: WorstPairs;
  readonly impostorDistances: Float32Array;
}

function comparePairs(live: PeoplePhotos, templates: PeoplePhotos | undefined, by: Measured): ComparedPairs {
  const { left, right } = probesOf(live, templates, by);
  const most = templates === undefined ? (right.length * (right.length - 1)) / 2 : left.length * right.length;
  const impostorDistances = new Float32Array(most);
  const far = extremesOf('far', WORST);
  const near = extremesOf('near', WORST);
  let impostors = 0;
  const scores = pairScores(left, templates === undefined ? undefined : right, by.measure, {
    share: NEAR_SHARE,
    onPair(distance, a, b, mated) {
      if (!mated) impostorDistances[impostors++] = distance;
      (mated ? far : near).offer(distance, a, b);
    },
  });
  assertPairs(scores.mated.distances.length, impostors);
  const named = ({ a, b, distance }: Pair) => ({
    a: (templates ?? live).shown[a]?.name ?? '',
    b: live.shown[b]?.name ?? '',
    distance,
  });
  return {
    scores,
    worst: { mated: far.take().map(named), impostors: near.take().map(named) },
    impostorDistances: impostorDistances.subarray(0, impostors),
  };
}

/** @throws TwinstileError 'bad-arguments' for a half-twin without templates. */
function probesOf(
  live: PeoplePhotos,
  templates: PeoplePhotos | undefined,
  by: Measured,
): { readonly left: readonly Probe[]; readonly right: readonly Probe[] } {
  const { comparison } = live;
  const through = (photos: readonly AcquiredPhoto[], lens: Lens): readonly Probe[] =>
    photos.map(({ person, vector }) => ({ person, vector: lens(vector) }));
  const right = through(live.shown, by.live);
  if (templates !== undefined) return { left: through(templates.shown, by.template), right };
  if (by.takesEncoded === true) return { left: through(live.shown, by.template), right };
  if (comparison.head.kind === 'half-twin')
    throw unfit(
      'photographs for the template side of a half-twin',
      'none',
      'Name them: --template-images DIR',
    );
  return { left: live.shown.map(({ person, vector }) => bothSides(comparison, person, vector)), right };
}

function assertPairs(mated: number, impostors: number): void {
  if (mated > 0 && impostors > 0) return;
  throw unfit(
    'pairs of one person and pairs of two',
    `${mated} of the first and ${impostors} of the second`,
    'Give at least two people, one of them with two photographs that show a face.',
  );
}

/** A distance of exactly the table's still matches; the next float32 above it is the first that does not. */
const JUST_ABOVE = 1 + 2 ** -23;

/** The rates of these pairs, and a check of the table in use against them. */
function measured(
  scores: PairScores,
  calibration: CalibrationTable | undefined,
  plan: BootstrapPlan,
): Pick<PairsResult, 'rates' | 'claims'> {
  const seen = RATES.flatMap((fmr) => {
    const threshold = thresholdAt(scores, fmr);
    return threshold === undefined ? [] : [{ fmr, threshold }];
  });
  const claimed = RATES.flatMap((rate) => {
    const threshold = calibration && distanceAt(calibration, falseMatchRate(rate));
    if (calibration === undefined || threshold === undefined) return [];
    return [{ claimed: rate, extrapolated: isExtrapolated(calibration, falseMatchRate(rate)), threshold }];
  });
  const asked = {
    fmrs: seen.map(({ fmr }) => fmr),
    fixed: claimed.map(({ threshold }) => threshold * JUST_ABOVE),
  };
  const { tmrs, errors } = bootstrapAll(scores, asked, plan);
  return {
    rates: seen.map(({ fmr, threshold }, i) => ({
      fmr,
      threshold,
      falseMatches: Math.floor(fmr * scores.impostors + 1e-9),
      byPairs: tmrs[i]?.pairs,
      byPeople: tmrs[i]?.people,
    })),
    claims: claimed.map((claim, i) => ({ ...claim, fmr: errors[i]?.fmr, fnmr: errors[i]?.fnmr })),
  };
}

const unfit = (expected: string, got: string, hint: string): TwinstileError =>
  new TwinstileError({ code: 'bad-arguments', message: `Expected ${expected}, got ${got}.`, hint });
