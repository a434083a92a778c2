/** What do distances mean here? Measured on photographs, on the site's enrolled people, or on both. */

import { formatOdds } from '../../access/fmr-bound.js';
import { TwinstileError } from '../../base/errors.js';
import { plural } from '../../base/plural.js';
import { type FalseMatchRate, falseMatchRate } from '../../base/units.js';
import { distanceAt, isExtrapolated, RULE_OF_THREE } from '../../biometrics/fmr.js';
import type { Comparison } from '../../biometrics/head/comparison.js';
import type { CalibrationTable } from '../../biometrics/model-card.js';
import { calibrationFrom, stricter, upperBound } from '../../biometrics/statistics/calibration.js';
import { extrapolated, tailShare } from '../../biometrics/statistics/extrapolate.js';
import {
  bothSides,
  type PairScores,
  type Probe,
  pairScores,
} from '../../biometrics/statistics/pair-scores.js';
import {
  OTHER_PEOPLE,
  peopleSpread,
  SPREAD_REPLICATES,
  SPREAD_SHARE,
} from '../../biometrics/statistics/people-spread.js';
import { fusedTables } from './fused-tables.js';
import type { SiteTemplate } from './site-people.js';

interface CalibrationOptions {
  readonly comparison: Comparison;
  /** Trunk vectors; empty: the site's people alone. */
  readonly live: readonly Probe[];
  /** Of a half-twin; absent: all against all. */
  readonly templates?: readonly Probe[];
  readonly site?: readonly SiteTemplate[];
  /** Description of the table's origin. */
  readonly source?: string;
  /** Must be promised, or there is no table. */
  readonly fmr?: FalseMatchRate;
  readonly extrapolate: boolean;
  readonly seed: number;
  /** How many times the upper end of the interval over people is claimed, 1..3; absent: OTHER_PEOPLE. */
  readonly margin?: number;
}

export interface Calibration {
  readonly table: CalibrationTable;
  readonly people: number;
  readonly matedPairs: number;
  readonly impostorPairs: number;
  readonly promises: readonly PromiseRow[];
  readonly site?: { readonly people: number; readonly impostorPairs: number; readonly raised: number };
}

/**
 * @throws TwinstileError 'bad-arguments' for too few pairs, for a rate that they do not support, and where nothing can be
 * extrapolated.
 */
export function calibrate(options: CalibrationOptions): Calibration {
  const { comparison, site, fmr } = options;
  const seen = options.live.length > 0 ? measure(options) : undefined;
  const own = site === undefined ? undefined : measureSite(site, options);
  const base = seen ?? own;
  if (base === undefined) throw nobody();
  const { scores, impostors, mated } = base;
  const people = scores.photos.length;
  const interval = { replicates: SPREAD_REPLICATES, margin: options.margin ?? OTHER_PEOPLE };
  const spreadOf = (of: PairScores) => peopleSpread(of, { ...interval, seed: options.seed });
  const single = calibrationFrom({
    impostorDistances: impostors,
    matedPairs: mated.length,
    people,
    source: options.source ?? sourceOf(options, people),
    digest: comparison.digest,
    spread: spreadOf(scores),
  });
  const { live, templates = live, seed } = options;
  const fused = fusedTables({ comparison, live, templates, spreadOf, seed });
  const measured: CalibrationTable = {
    ...single,
    interval,
    fused: fused.length > 0 ? [...fused] : undefined,
  };
  const drawn = options.extrapolate ? extrapolated(measured, scores, options.seed) : measured;
  const held =
    own === undefined || seen === undefined || own.impostors.length === 0
      ? undefined
      : stricter(drawn, { impostors: own.impostors, people: own.people });
  const table = held?.table ?? drawn;
  if (fmr !== undefined) assertPromised(table, fmr);
  return {
    table,
    people,
    matedPairs: mated.length,
    impostorPairs: impostors.length,
    promises: promisesOf(table, mated, impostors, fmr),
    site:
      own === undefined
        ? undefined
        : {
            people: own.people,
            impostorPairs: own.impostors.length,
            raised: held?.raised ?? 0,
          },
  };
}

interface Measured {
  readonly scores: PairScores;
  readonly mated: Float32Array;
  readonly impostors: Float32Array;
}

function measure({ comparison, live, templates }: CalibrationOptions): Measured {
  if (comparison.head.kind === 'half-twin' && templates === undefined)
    throw new TwinstileError({
      code: 'bad-arguments',
      message: 'Expected photographs for the template side of a half-twin, got none.',
      hint: 'Name them: --template-images DIR',
    });
  if (templates === undefined)
    return scored(
      live.map(({ person, vector }) => bothSides(comparison, person, vector)),
      undefined,
      comparison,
    );
  const right = live.map(({ person, vector }) => ({ person, vector: comparison.live(vector) }));
  const left = templates.map(({ person, vector }) => ({ person, vector: comparison.template(vector) }));
  return scored(left, right, comparison);
}

/**
 * A twin's templates against each other. A half-twin compares templates with live faces only: there the site's templates
 * are compared with the photographs, and people of one name are not compared.
 */
function measureSite(
  site: readonly SiteTemplate[],
  { comparison, live }: CalibrationOptions,
): Measured & { readonly people: number } {
  const people = new Set(site.map(({ person }) => person)).size;
  const templates = site.map(({ person, vector }) => bothSides(comparison, person, vector));
  if (comparison.head.kind !== 'half-twin') return { ...scored(templates, undefined, comparison), people };
  const faces = live.map(({ person, vector }) => ({ person, vector: comparison.live(vector) }));
  return { ...scored(templates, faces, comparison), people };
}

function scored(
  left: readonly Probe[],
  right: readonly Probe[] | undefined,
  { metric }: Comparison,
): Measured {
  const most = right === undefined ? (left.length * (left.length - 1)) / 2 : left.length * right.length;
  const impostors = new Float32Array(most);
  let count = 0;
  const scores = pairScores(left, right, metric, {
    share: Math.max(tailShare(most), SPREAD_SHARE),
    onPair(distance, _a, _b, mated) {
      if (!mated) impostors[count++] = distance;
    },
  });
  return { scores, mated: scores.mated.distances, impostors: impostors.subarray(0, count) };
}

/** @throws TwinstileError 'bad-arguments' with how many pairs it would take. */
function assertPromised(table: CalibrationTable, fmr: FalseMatchRate): void {
  if (distanceAt(table, fmr) !== undefined) return;
  const { impostorPairs, extrapolation } = table;
  const needed = Math.ceil(RULE_OF_THREE / fmr);
  throw new TwinstileError({
    code: 'bad-arguments',
    message:
      `Expected ${needed.toLocaleString('en-US')} pairs of different people to promise ${formatOdds(fmr)} ` +
      `(rule of three; ten times as many to measure it), got ${impostorPairs.toLocaleString('en-US')}` +
      `${extrapolation === undefined ? '' : `, from which not even extrapolation reaches below ${formatOdds(falseMatchRate(extrapolation.smallest))}`}.`,
    hint:
      extrapolation === undefined
        ? 'Measure more people, or let the tail of the distances speak: --extrapolate'
        : 'Measure more people.',
  });
}

const sourceOf = ({ live, templates, site }: CalibrationOptions, people: number): string =>
  live.length === 0
    ? `${plural(site?.length ?? 0, 'template')} of ${plural(people, 'person', 'people')} of the site`
    : `${live.length + (templates?.length ?? 0)} photographs of ${people} people`;

const nobody = (): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: 'Expected photographs or enrolled people, got neither.',
    hint: 'Name a folder with --images DIR, the site’s configuration with --config FILE, or both.',
  });

/**
 * 'measured': by the rule of 30 (Doddington 2000) known to within a third. 'bounded': by the rule of three not higher, and no
 * more is known. 'extrapolated': from the tail of the distances. 'none': not promised.
 */
type Support = 'measured' | 'bounded' | 'extrapolated' | 'none';

export interface PromiseRow {
  readonly fmr: FalseMatchRate;
  readonly support: Support;
  /** Up to which the rate is promised; the rest is absent where it is not. */
  readonly distance?: number;
  /** Impostor pairs at most this far apart. */
  readonly falseMatches?: number;
  /** Upper end of the one-sided 95 % interval of their share. */
  readonly upTo?: number;
  /** Mated pairs at most this far apart, and their share. */
  readonly matches?: number;
  readonly tmr?: number;
}

const RATES = [1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8];
/** Rule of 30. */
const EVENTS = 30;

/** @param asked a further rate. */
function promisesOf(
  table: CalibrationTable,
  mated: Float32Array,
  impostors: Float32Array,
  asked?: FalseMatchRate,
): readonly PromiseRow[] {
  const rates = [...new Set([...RATES, ...(asked === undefined ? [] : [asked])])].sort((a, b) => b - a);
  return rates.map((rate) => rowFor(falseMatchRate(rate), table, mated, impostors));
}

function rowFor(
  fmr: FalseMatchRate,
  table: CalibrationTable,
  mated: Float32Array,
  impostors: Float32Array,
): PromiseRow {
  const distance = distanceAt(table, fmr);
  if (distance === undefined) return { fmr, support: 'none' };
  const falseMatches = countUpTo(impostors, distance);
  const matches = countUpTo(mated, distance);
  return {
    fmr,
    support: supportOf(fmr, table),
    distance,
    falseMatches,
    upTo: upperBound(falseMatches, impostors.length),
    matches: mated.length === 0 ? undefined : matches,
    tmr: mated.length === 0 ? undefined : matches / mated.length,
  };
}

function supportOf(fmr: FalseMatchRate, table: CalibrationTable): Support {
  if (isExtrapolated(table, fmr)) return 'extrapolated';
  return fmr * table.impostorPairs >= EVENTS ? 'measured' : 'bounded';
}

function countUpTo(distances: Float32Array, bound: number): number {
  let count = 0;
  for (let i = 0; i < distances.length; i += 1) if ((distances[i] as number) <= bound) count += 1;
  return count;
}
