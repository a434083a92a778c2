/** What a lane may promise of faces: the rate that one comparison may have, and what that rests on. */
import type { FaceMode } from '../../access/decision.js';
import { fmrBound } from '../../access/fmr-bound.js';
import { type FalseMatchRate, falseMatchRate } from '../../base/units.js';
import { countsAsPhoto } from '../../biometrics/conditions/capture-condition.js';
import { surelyMeasured } from '../../biometrics/fmr.js';
import { type PromiseStanding, standingAt } from '../../biometrics/statistics/site-promise.js';
import type { LanePromise } from '../health/lane-state.js';
import type { LaneGallery } from './lane-gallery.js';

type Compared = Pick<LaneGallery, 'snapshot' | 'calibration' | 'promise'>;

/**
 * Computes the false match rate that one comparison of 1:N may have: by the gallery's size, and for a person who is enrolled
 * alone and by a camera, whose centre is not taken away, at most the smallest rate that is surely measured. There is no second
 * person then by whom the camera could show itself, or a face be nearer to another person. Centred distances are stretched instead.
 */
export function identificationBound(
  { snapshot, calibration, promise }: Compared,
  maxFpir: number,
): FalseMatchRate {
  const { owners, conditions } = snapshot;
  const bound = fmrBound(maxFpir, owners.length);
  const isAlone = owners.every((owner) => owner === owners[0]) && !conditions.every(countsAsPhoto);
  if (!isAlone || calibration === undefined || (promise?.centredBy ?? 0) > 0) return bound;
  return falseMatchRate(Math.min(bound, surelyMeasured(calibration)));
}

/** The rates that a lane's rules ask for. */
interface AskedRates {
  readonly identification?: { readonly maxFpir: number };
  readonly verification?: { readonly maxFmr: FalseMatchRate };
}

/** @returns undefined where nothing is known of what the table's distances rest on here. */
export function promiseOf(
  gallery: Compared & Pick<LaneGallery, 'promise'>,
  rules: AskedRates,
): LanePromise | undefined {
  const { promise } = gallery;
  if (promise === undefined) return undefined;
  const { identification, verification } = rules;
  return {
    identification:
      identification && standingAt(promise, identificationBound(gallery, identification.maxFpir)),
    verification: verification && standingAt(promise, verification.maxFmr),
    centrePeople: Math.round(promise.centredBy),
    pairs: promise.evidence.reduce((sum, { pairs }) => sum + pairs, 0),
  };
}

/** What the rate of one decision rests on; undefined where that is not known, or no face was compared. */
export function standingOf(
  mode: FaceMode,
  gallery: Compared & Pick<LaneGallery, 'promise'>,
  rules: AskedRates,
): PromiseStanding | undefined {
  return promiseOf(gallery, rules)?.[mode];
}
