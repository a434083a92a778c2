/**
 * Builds a calibration table from impostor distances.
 *
 * Each row claims the upper end of the one-sided 95 % interval of its rate (exact Poisson bound), so a table from few
 * pairs is stricter than one from many. That treats pairs as independent; one person takes part in many of them. Where the
 * people of the pairs are known, the upper end of the bootstrap over people (people-spread.ts) is claimed where it is higher.
 */
import { TwinstileError } from '../../base/errors.js';
import { type FalseMatchRate, falseMatchRate, distance as toDistance } from '../../base/units.js';
import { fmrOf, smallestRate } from '../fmr.js';
import type { CalibrationTable } from '../model-card.js';
import { type Rate, rateOf } from './clopper-pearson.js';
import { ranked } from './ranked.js';

/** About ten rows for each power of ten, with six million pairs: closer ones would add no information. */
const ROWS = 60;

/**
 * @param impostorDistances of pairs of different people, in any order; at least 2, each finite and 0 or more.
 * @throws TwinstileError 'bad-arguments' for too few pairs or for a distance that is none.
 */
export function calibrationFrom({
  impostorDistances,
  matedPairs,
  people,
  source,
  digest,
  spread,
}: {
  readonly impostorDistances: Float32Array;
  readonly matedPairs: number;
  readonly people: number;
  readonly source: string;
  /** Of the encoder and head that were measured. */
  readonly digest?: string;
  /** How many times the measured share of so many events is claimed at least, 1 or more: peopleSpread. */
  readonly spread?: (events: number) => number;
}): CalibrationTable {
  const pairs = impostorDistances.length;
  const places = ranks(pairs);
  const found = ranked(
    impostorDistances,
    places.map((rank) => rank - 1),
  );
  const first = found[0]?.value ?? Number.NaN;
  // NaN sorts to the end, which is the last of the places.
  const last = found.at(-1)?.value ?? Number.NaN;
  if (pairs < 2 || !(first >= 0) || !(last >= 1e-6) || !Number.isFinite(last))
    throw unfit(pairs, first, last);

  const rows = [{ distance: 0, fmr: smallestRate(pairs) as number }];
  for (const { value, upTo } of found) {
    const distance = down(value);
    // Ties all count.
    const claimed = Math.max(upperBound(upTo, pairs), (upTo / pairs) * (spread?.(upTo) ?? 1));
    const before = rows.at(-1);
    const fmr = Math.max(up(Math.min(1, claimed)), before?.fmr ?? 0);
    if (before !== undefined && distance <= before.distance) before.fmr = fmr;
    else rows.push({ distance, fmr });
  }
  const measured = { source, people, impostorPairs: pairs, matedPairs };
  return { ...measured, digest, rows };
}

/**
 * The upper end of the one-sided 95 % interval for a rate of which `events` of `trials` were seen.
 * Poisson: half the 95 % quantile of chi-square with 2 (events + 1) degrees of freedom (Garwood 1936), the quantile by
 * Wilson and Hilferty (1931), which is within 1 % of it.
 * @returns 0 < rate <= 1.
 */
export function upperBound(events: number, trials: number): number {
  if (events >= trials) return 1;
  return Math.min(1, chiSquare(2 * (events + 1), NORMAL_95) / 2 / trials);
}

/**
 * The lower end of the one-sided 99.9 % interval: below it the rate is not, even where forty rates are looked at.
 * @returns 0 <= rate <= 1.
 */
export const lowerBound = (events: number, trials: number): number =>
  events < 1 ? 0 : Math.min(1, chiSquare(2 * events, -NORMAL_999) / 2 / trials);

const NORMAL_95 = 1.6448536269514722;
const NORMAL_999 = 3.090232306167813;

/** A quantile of chi-square, by that of the normal distribution. */
function chiSquare(freedom: number, normal: number): number {
  const spread = 2 / (9 * freedom);
  return freedom * Math.max(0, 1 - spread + normal * Math.sqrt(spread)) ** 3;
}

/** 1..pairs, evenly spaced in the logarithm, each once. */
function ranks(pairs: number): readonly number[] {
  const spaced = Array.from({ length: ROWS }, (_, i) => Math.round(pairs ** (i / (ROWS - 1))));
  return [...new Set(spaced)];
}

/** Readable numbers, rounded to the strict side: distances down, rates up. */
const down = (value: number): number => Math.floor(value * 1e6) / 1e6;
const up = (value: number): number => {
  const unit = 10 ** (Math.floor(Math.log10(value)) - 3);
  return Math.min(1, Number((Math.ceil(value / unit) * unit).toPrecision(4)));
};

function unfit(pairs: number, first: number, last: number): TwinstileError {
  return new TwinstileError({
    code: 'bad-arguments',
    message: `Expected at least 2 finite distances of different people, got ${pairs} from ${first} to ${last}.`,
    hint: 'Measure with photos of more people.',
  });
}

/**
 * Does a calibration table keep its word on people who had no part in it? Asked at several rates, with the exact interval
 * of Clopper and Pearson, because few pairs can look bad by chance.
 */
const ASKED_AT = [0.1, 0.01, 0.001].map(falseMatchRate);
/** Other people than the table was made of, and pairs that share people: so much more is not yet a false promise. */
const SLACK = 3;

interface BrokenPromise {
  readonly promised: FalseMatchRate;
  readonly found: Rate;
}

/**
 * @param impostors of each pair of two people, the rate that the table gives for their distance.
 * @returns the first rate at which certainly (95 %) more than three times as many pairs match.
 */
export function brokenPromise(impostors: readonly FalseMatchRate[]): BrokenPromise | undefined {
  for (const promised of ASKED_AT) {
    const found = rateOf(impostors.filter((rate) => rate <= promised).length, impostors.length);
    if (!(found.from <= promised * SLACK)) return { promised, found };
  }
  return undefined;
}

/** Makes a table from many impostors stricter by the site's own people: where they come nearer, their rate applies. */
const SITE_ROWS = 40;

interface SiteDistances {
  /** Of pairs of different people of the site, in any order. */
  readonly impostors: Float32Array;
  readonly people: number;
}

interface Stricter {
  readonly table: CalibrationTable;
  /** Rows at which the site's people came nearer than in the table; 0: the table holds here. */
  readonly raised: number;
}

/**
 * Never looser than the table: where the site's pairs contradict it (even the lower end of their 99.9 % interval is above
 * what it claims), the upper end of their 95 % interval is claimed instead. Few pairs contradict little.
 */
export function stricter(table: CalibrationTable, { impostors, people }: SiteDistances): Stricter {
  const count = impostors.length;
  const ranks = Array.from({ length: SITE_ROWS }, (_, i) => Math.round(count ** (i / (SITE_ROWS - 1))) - 1);
  const seen = ranked(
    impostors,
    [...new Set(ranks)].filter((rank) => rank >= 0 && rank < count),
  );
  const siteRate = (at: number, claimed: number): number => {
    const last = seen.findLast(({ value }) => down(value) <= at);
    if (last === undefined || !(lowerBound(last.upTo, count) > claimed)) return 0;
    return up(upperBound(last.upTo, count));
  };
  const distances = [
    ...new Set([...table.rows.map(({ distance }) => distance), ...seen.map(({ value }) => down(value))]),
  ]
    .filter((at) => Number.isFinite(at))
    .sort((a, b) => a - b);
  let raised = 0;
  let highest = 0;
  const rows = distances.map((distance) => {
    const claimed = fmrOf(table, toDistance(distance));
    const site = siteRate(distance, claimed);
    if (site > claimed) raised += 1;
    highest = Math.max(highest, claimed, site);
    return { distance, fmr: highest };
  });
  const source = `${table.source}; beside ${count} pairs of ${people} people of the site, stricter at ${raised} of ${rows.length} rows`;
  return { table: { ...table, source, people: table.people + people, rows }, raised };
}
