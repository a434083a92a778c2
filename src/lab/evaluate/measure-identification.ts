/** Evaluates open-set 1:N identification: FPIR and FNIR at gallery sizes. */

import { fmrBound } from '../../access/fmr-bound.js';
import { TwinstileError } from '../../base/errors.js';
import { countPeople } from '../../base/plural.js';
import { randomFrom } from '../../base/random.js';
import { distance, falseMatchRate } from '../../base/units.js';
import { type CentredVector, largerDistance } from '../../biometrics/conditions/centred.js';
import { distanceOf } from '../../biometrics/distance.js';
import { distanceAt, isExtrapolated } from '../../biometrics/fmr.js';
import type { Comparison } from '../../biometrics/head/comparison.js';
import type { BootstrapPlan } from '../../biometrics/statistics/bootstrap.js';
import type { Between } from '../../biometrics/statistics/distance-rows.js';
import {
  type SearchErrors,
  type Searches,
  searchErrors,
  searchesAt,
  thresholdFor,
} from '../../biometrics/statistics/identification-rates.js';
import type { Probe } from '../../biometrics/statistics/pair-scores.js';
import { type AcquiredPhoto, type PeoplePhotos, reasonsOf } from './acquire-photos.js';
import { lensesAtCamera } from './same-camera.js';

export interface SizeResult {
  readonly gallery: number;
  /** Galleries drawn at random. */
  readonly draws: number;
  /** Over all draws: searches with the enrolled, and with impostors, one photograph each. */
  readonly matedSearches: number;
  readonly strangerSearches: number;
  /** FNIR where at most this share of impostors is returned a candidate. */
  readonly measured: readonly ({ readonly allowed: number } & SearchErrors)[];
  /** What happens by the product's own rule: the table in use, at max_fpir over the gallery's size. */
  readonly configured: readonly ({
    readonly maxFpir: number;
    /** Whether the rate that each comparison may have is the table's only from the tail of its distances. */
    readonly extrapolated: boolean;
  } & SearchErrors)[];
}

export interface IdentificationResult {
  readonly pack: string;
  readonly digest: string;
  readonly head: Comparison['head']['kind'];
  readonly isSameCamera: boolean;
  readonly people: number;
  readonly photos: number;
  readonly notAcquired: Readonly<Record<string, number>>;
  readonly missing: PeoplePhotos['missing'];
  readonly sizes: readonly SizeResult[];
  /** Sizes for which there are not enough people: some have to be left over as impostors. */
  readonly tooLarge: readonly number[];
}

const FPIRS = [1e-1, 1e-2, 1e-3];

export interface IdentificationPlan extends BootstrapPlan {
  /** Whether all photographs are of one camera, and searches go through its centre; else they are photographs from elsewhere. */
  readonly isSameCamera?: boolean;
}

/** @throws TwinstileError 'bad-arguments' when not one size can be drawn. */
export function evaluateIdentification(
  photos: PeoplePhotos,
  sizes: readonly number[],
  draws: number,
  { isSameCamera = false, ...plan }: IdentificationPlan,
): IdentificationResult {
  const { comparison, shown, missing } = photos;
  const raw = preparedBetween(comparison, shown);
  const between = isSameCamera
    ? (templates: readonly Probe[]) => betweenWithin(templates, comparison)
    : () => raw;
  const random = randomFrom(plan.seed);
  const drawn = sizes.map((size) =>
    Array.from({ length: draws }, () => searchesAt(shown, size, between, random)).filter(
      (searches) => searches !== undefined && searches.mated.length > 0,
    ),
  );
  const results = drawn.flatMap((searches, i) => {
    const size = sizes[i] ?? 0;
    const full = searches.filter((one) => one !== undefined);
    return full.length === 0 ? [] : [sizeResult(size, full, comparison, plan)];
  });
  const people = new Set(shown.map(({ person }) => person)).size;
  if (results.length === 0)
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected more than ${Math.min(...sizes)} people, some with two photographs, got ${countPeople(people)} with ${shown.length}.`,
      hint: 'Give more photographs, or smaller galleries: --gallery-sizes 10',
    });
  return {
    pack: photos.pack,
    digest: comparison.digest,
    head: comparison.head.kind,
    isSameCamera,
    people,
    photos: shown.length + missing.length,
    notAcquired: reasonsOf(missing),
    missing,
    sizes: results,
    tooLarge: sizes.filter((size) => !results.some(({ gallery }) => gallery === size)),
  };
}

function sizeResult(
  gallery: number,
  draws: readonly Searches[],
  { calibration }: Comparison,
  plan: BootstrapPlan,
): SizeResult {
  const sum = (of: (searches: Searches) => number): number => draws.reduce((all, one) => all + of(one), 0);
  return {
    gallery,
    draws: draws.length,
    matedSearches: sum(({ mated }) => mated.length),
    strangerSearches: sum(({ impostors: strangers }) => strangers.length),
    measured: FPIRS.flatMap((fpir) => {
      const errors = searchErrors(draws, (strangers) => thresholdFor(fpir, strangers), plan);
      return errors === undefined ? [] : [{ allowed: fpir, ...errors }];
    }),
    configured: FPIRS.flatMap((maxFpir) => {
      const fmr = fmrBound(falseMatchRate(maxFpir), gallery);
      const bound = calibration && distanceAt(calibration, fmr);
      if (calibration === undefined || bound === undefined) return [];
      // The rule accepts a distance equal to the bound.
      const errors = searchErrors(draws, () => distance(bound * (1 + 2 ** -23)), plan);
      return errors === undefined
        ? []
        : [{ maxFpir, extrapolated: isExtrapolated(calibration, fmr), ...errors }];
    }),
  };
}

/** Each photograph goes through both sides once, however often it is compared. */
function preparedBetween(comparison: Comparison, shown: readonly AcquiredPhoto[]): Between {
  const templates = new Map(shown.map(({ vector }) => [vector, comparison.template(vector)]));
  const live = new Map(shown.map(({ vector }) => [vector, comparison.live(vector)]));
  const nothing = new Float32Array();
  return (template, probe) =>
    distanceOf[comparison.metric](templates.get(template) ?? nothing, live.get(probe) ?? nothing);
}

/** Each photograph is centred once for each gallery. */
function betweenWithin(templates: readonly Probe[], comparison: Comparison): Between {
  const lenses = lensesAtCamera(templates, comparison);
  const kept = (lens: (vector: Float32Array) => CentredVector) => {
    const known = new Map<Float32Array, CentredVector>();
    return (vector: Float32Array): CentredVector => {
      const one = known.get(vector) ?? lens(vector);
      known.set(vector, one);
      return one;
    };
  };
  const [template, live] = [kept(lenses.template), kept(lenses.live)];
  return (a, b) => largerDistance(comparison.metric, template(a), live(b), lenses.stretch);
}
