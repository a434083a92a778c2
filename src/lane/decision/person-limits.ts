/** Applies the limits of single people to what a face is compared with: disputed passages made them stricter. */
import type { Match } from '../../access/observation.js';
import { limitedClaim, limitedMatch } from '../../access/person-limit.js';
import type { PersonId } from '../../base/ids.js';
import { type FalseMatchRate, falseMatchRate } from '../../base/units.js';
import { fmrOf } from '../../biometrics/fmr.js';
import type { CalibrationTable } from '../../biometrics/model-card.js';
import type { LaneGallery, LimitOf, PersonRates } from './lane-gallery.js';

export interface LimitContext {
  readonly gallery: LaneGallery;
  readonly calibration: CalibrationTable;
  readonly limitOf: LimitOf | undefined;
  /** The lane's own bound, inclusive. */
  readonly bound: FalseMatchRate;
}

/** 1:N. A match that would not open is left as it is. */
export function withinLimit(match: Match, embedding: Float32Array, context: LimitContext): Match {
  const limit = limitOn(match.person, context);
  if (limit === undefined || !(match.fmr <= context.bound)) return match;
  return limitedMatch(match, heldRate(embedding, match.person, context), {
    limit: limit.identification,
    lane: context.bound,
  });
}

/** 1:1. @param claimed rate of the nearest of all templates of the person. */
export function claimWithinLimit(
  claimed: FalseMatchRate,
  person: PersonId,
  embedding: Float32Array,
  context: LimitContext,
): FalseMatchRate {
  const limit = limitOn(person, context);
  if (limit === undefined || !(claimed <= context.bound)) return claimed;
  const bounds = { limit: limit.verification, lane: context.bound };
  return limitedClaim(heldRate(embedding, person, context), bounds);
}

const limitOn = (person: PersonId, { gallery, limitOf }: LimitContext): PersonRates | undefined =>
  limitOf?.(person) ?? (gallery.aside?.has(person) === true ? {} : undefined);

/** The rate of the nearest template that was not set aside; absent where none is left. */
function heldRate(
  embedding: Float32Array,
  person: PersonId,
  { gallery, calibration }: LimitContext,
): FalseMatchRate | undefined {
  const aside = gallery.aside?.get(person);
  const rates = gallery.search
    .templatesOf(embedding, person)
    .flatMap(({ row, distance }) => (aside?.has(row) === true ? [] : [fmrOf(calibration, distance)]));
  return rates.length === 0 ? undefined : falseMatchRate(Math.min(...rates));
}
