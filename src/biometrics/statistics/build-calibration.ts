/**
 * Builds a calibration table from impostor distances.
 *
 * Each row claims the upper end of the one-sided 95 % interval of its rate (exact Poisson bound), so a table from few
 * pairs is stricter than one from many. The pairs are treated as independent; in fact one person takes part in many
 * of them, so the real interval is somewhat wider: measure with many people, not with many photos of few.
 */
import { TwinstileError } from '../../base/errors.js';
import { smallestRate } from '../fmr.js';
import type { CalibrationTable } from '../model-card.js';
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
}: {
  readonly impostorDistances: Float32Array;
  readonly matedPairs: number;
  readonly people: number;
  readonly source: string;
  /** Of the encoder and head that were measured. */
  readonly digest?: string;
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
    const fmr = up(upperBound(upTo, pairs));
    const before = rows.at(-1);
    if (before !== undefined && distance <= before.distance) before.fmr = Math.max(before.fmr, fmr);
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
export const down = (value: number): number => Math.floor(value * 1e6) / 1e6;
export const up = (value: number): number => {
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
