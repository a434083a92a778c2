/** What do distances mean here? Measured on photographs, on the site's enrolled people, or on both. */

import { formatOdds } from '../../access/fmr-bound.js';
import { TwinstileError } from '../../base/errors.js';
import { type FalseMatchRate, falseMatchRate } from '../../base/units.js';
import { distanceAt, RULE_OF_THREE } from '../../biometrics/fmr.js';
import type { Comparison } from '../../biometrics/head/comparison.js';
import type { CalibrationTable } from '../../biometrics/model-card.js';
import { bothSides } from '../../biometrics/statistics/both-sides.js';
import { calibrationFrom } from '../../biometrics/statistics/build-calibration.js';
import { extrapolated, tailShare } from '../../biometrics/statistics/extrapolate.js';
import { type PairScores, type Probe, pairScores } from '../../biometrics/statistics/pair-scores.js';
import { stricter } from '../../biometrics/statistics/stricter.js';
import { type PromiseRow, promisesOf } from './promises.js';
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
  const measured = calibrationFrom({
    impostorDistances: impostors,
    matedPairs: mated.length,
    people,
    source: options.source ?? sourceOf(options, people),
    digest: comparison.digest,
  });
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
    share: tailShare(most),
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
    ? `${site?.length ?? 0} templates of ${people} people of the site`
    : `${live.length + (templates?.length ?? 0)} photographs of ${people} people`;

const nobody = (): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: 'Expected photographs or enrolled people, got neither.',
    hint: 'Name a folder with --images DIR, the site’s configuration with --config FILE, or both.',
  });
