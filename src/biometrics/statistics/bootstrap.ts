/**
 * Computes confidence intervals by the bootstrap over people.
 *
 * People are drawn with replacement, not pairs: the pairs of one person depend on each other, so an interval over
 * pairs would be far too narrow (Bolle, Ratha, Pankanti 2004; ISO/IEC 19795-1, annex B).
 */
import { type Random, randomFrom, wholeBelow } from '../../base/random.js';
import { allowingForNone } from './clopper-pearson.js';
import type { PairScores } from './pair-scores.js';
import { type Counting, rateAt, type SweepRequest, sweep } from './sweep.js';

export interface Interval {
  readonly value: number;
  /** 95 %: the 2.5th and the 97.5th percentile of the replicates; of none or all, the exact bound where it is wider. */
  readonly from: number;
  readonly to: number;
}

export interface BootstrapPlan {
  readonly replicates: number;
  readonly seed: number;
}

/**
 * TMR at one FMR; the threshold is found again in each replicate.
 * @returns undefined when the pairs cannot show so small a rate.
 */
export function bootstrapTmr(
  scores: PairScores,
  fmr: number,
  counting: Counting,
  plan: BootstrapPlan,
): Interval | undefined {
  const tmr = intervalOf(
    scores.photos.length,
    plan,
    (weights) => rateAt(scores, fmr, counting, weights)?.tmr,
  );
  return allowing(tmr, trialsIn(scores).mated);
}

/**
 * How much the TMR rises from one scoring of the same photos to another, replicate by replicate on the same people: what
 * both share by chance cancels out.
 * @param before and `after` over the same probes in the same order.
 */
export function bootstrapLift(
  { before, after }: { readonly before: PairScores; readonly after: PairScores },
  fmr: number,
  counting: Counting,
  plan: BootstrapPlan,
): Interval | undefined {
  return intervalOf(before.photos.length, plan, (weights) => {
    const was = rateAt(before, fmr, counting, weights)?.tmr;
    const is = rateAt(after, fmr, counting, weights)?.tmr;
    return was === undefined || is === undefined ? undefined : is - was;
  });
}

/** FMR and FNMR of one fixed threshold, as a site that has set it will meet them. */
interface ErrorIntervals {
  readonly fmr: Interval | undefined;
  /** Every mated pair counts once. */
  readonly fnmr: Interval | undefined;
}

/** TMR at one FMR, counted both ways. */
type TmrIntervals = Readonly<Record<Counting, Interval | undefined>>;

/**
 * All figures of an evaluation from the same replicates.
 * @returns in the order asked.
 */
export function bootstrapAll(
  scores: PairScores,
  asked: SweepRequest,
  plan: BootstrapPlan,
): { readonly tmrs: readonly TmrIntervals[]; readonly errors: readonly ErrorIntervals[] } {
  const { fmrs, fixed } = asked;
  const figures = intervalsOf(scores.photos.length, plan, (weights) => {
    const swept = sweep(scores, asked, weights);
    // Without a threshold there is no TMR: NaN is above no distance.
    return [
      ...fmrs.map((_, i) => swept.tmrByPairs[i] ?? Number.NaN),
      ...fmrs.map((_, i) => swept.tmrByPeople[i] ?? Number.NaN),
      ...swept.fmrs,
      ...fixed.map((_, i) => 1 - (swept.tmrByPairs[fmrs.length + i] ?? Number.NaN)),
    ];
  });
  const trials = trialsIn(scores);
  const from = (start: number, i: number): Interval | undefined => allowing(figures[start + i], trials.mated);
  return {
    tmrs: fmrs.map((_, i) => ({ pairs: from(0, i), people: from(fmrs.length, i) })),
    errors: fixed.map((_, i) => ({
      fmr: allowing(figures[2 * fmrs.length + i], trials.impostors),
      fnmr: from(2 * fmrs.length + fixed.length, i),
    })),
  };
}

const allowing = (interval: Interval | undefined, of: number): Interval | undefined =>
  interval && allowingForNone(interval, of);

/** What can fail independently: a person's mated pairs together, and two people's impostor pairs together. */
function trialsIn({ photos, oneSet, mated }: PairScores): {
  readonly mated: number;
  readonly impostors: number;
} {
  const template = photos.filter((one) => one.template > 0).length;
  const live = photos.filter((one) => one.live > 0).length;
  const both = photos.filter((one) => one.template > 0 && one.live > 0).length;
  return {
    mated: new Set(mated.people).size,
    impostors: oneSet ? (template * (template - 1)) / 2 : template * live - both,
  };
}

/** @param figure undefined or NaN where a replicate cannot show it: such replicates do not count. */
const intervalOf = (
  people: number,
  plan: BootstrapPlan,
  figure: (weights?: Int32Array) => number | undefined,
): Interval | undefined => intervalsOf(people, plan, (weights) => [figure(weights) ?? Number.NaN])[0];

/** Several figures of the same replicates. @param figures always as many; NaN where a replicate cannot show one. */
function intervalsOf(
  people: number,
  { replicates, seed }: BootstrapPlan,
  figures: (weights?: Int32Array) => readonly number[],
): readonly (Interval | undefined)[] {
  const values = figures();
  const random = randomFrom(seed);
  const again = values.map(() => new Float64Array(replicates).fill(Number.NaN));
  for (let replicate = 0; replicate < replicates; replicate += 1) {
    const drawn = figures(drawnPeople(people, random));
    again.forEach((each, i) => {
      each[replicate] = drawn[i] ?? Number.NaN;
    });
  }
  return values.map((value, i) => {
    const sorted = (again[i] ?? new Float64Array()).filter((each) => !Number.isNaN(each)).sort();
    // Where half the replicates cannot show the figure, the others would give a biased figure.
    if (Number.isNaN(value) || sorted.length < replicates / 2) return undefined;
    return { value, from: percentile(sorted, 0.025), to: percentile(sorted, 0.975) };
  });
}

/** Linear between ranks (type 7 of Hyndman and Fan 1996). @param sorted rising. @param share 0..1. */
export function percentile(sorted: Float64Array, share: number): number {
  const rank = share * (sorted.length - 1);
  const low = sorted[Math.floor(rank)] ?? Number.NaN;
  const high = sorted[Math.ceil(rank)] ?? Number.NaN;
  return low + (rank - Math.floor(rank)) * (high - low);
}

/** One bootstrap replicate over people, drawn with replacement: how often each was drawn. */
export function drawnPeople(people: number, random: Random): Int32Array {
  const weights = new Int32Array(people);
  for (let i = 0; i < people; i += 1) {
    const one = wholeBelow(people, random);
    weights[one] = (weights[one] ?? 0) + 1;
  }
  return weights;
}
