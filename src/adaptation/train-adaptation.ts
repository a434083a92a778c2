/**
 * Trains a head for one site without labels: what all faces of a camera share is light, lens and background.
 *
 * Centring takes that away; whitening also turns down the directions in which the site's faces differ most for
 * reasons that are the site's; 'wccn' turns down those in which one face differs from itself while it passes.
 */

import { TwinstileError } from '../base/errors.js';
import { plural } from '../base/plural.js';
import type { Metric } from '../biometrics/distance.js';
import type { Head, Projection } from '../biometrics/head/head.js';
import { shrunkWhitening } from '../biometrics/statistics/covariance.js';
import { type CameraStatistics, effectiveTracks } from './camera-statistics.js';

export type Adaptation = 'mean' | 'whitening' | 'wccn';

/** Fewer equal tracks are an accident, not a camera. */
const MIN_TRACKS = 5;

/**
 * @param shrinkage 0 < s <= 1; 1 is centring alone.
 * @param trunk metric of the encoder: centring on the sphere for cosine.
 * @returns a twin whose outputs are of unit length: without that, taking the centre away would change no distance.
 * @throws TwinstileError 'bad-arguments' for too few tracks, for 'wccn' without tracks of several frames, and for a shrinkage out of range.
 */
export function adaptFrom(
  statistics: CameraStatistics,
  shrinkage: number,
  trunk: Metric,
  how: Adaptation = 'whitening',
): Head {
  const { encoder, dimension, tracks, weight } = statistics;
  const enough = effectiveTracks(statistics);
  if (!(enough >= MIN_TRACKS))
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected at least ${MIN_TRACKS} passages of different people, got as much as ${enough.toFixed(1)}.`,
      hint: 'Let the camera watch more people first.',
    });
  const centre = Float32Array.from(statistics.sum, (value) => value / weight);
  const covariance = how === 'mean' ? undefined : covarianceOf(statistics, how);
  const projection: Projection = {
    unitInput: trunk === 'cosine',
    centre,
    linear: covariance === undefined ? undefined : shrunkWhitening(covariance, dimension, shrinkage),
    unitOutput: true,
  };
  return {
    kind: 'twin',
    encoder,
    dimension,
    outputs: dimension,
    template: projection,
    live: projection,
    card: {
      how: `Adapted to a camera without labels (${how}, shrinkage ${shrinkage}) from ${plural(tracks, 'passage')}.`,
    },
  };
}

function covarianceOf(statistics: CameraStatistics, how: 'whitening' | 'wccn'): Float64Array {
  const { dimension, weight, sum, outer, within, withinWeight } = statistics;
  if (how === 'whitening')
    return outer.map((value, at) => {
      const [i, j] = [Math.floor(at / dimension), at % dimension];
      return value / weight - ((sum[i] ?? 0) / weight) * ((sum[j] ?? 0) / weight);
    });
  if (!(withinWeight > 0))
    throw new TwinstileError({
      code: 'bad-arguments',
      message: 'Expected passages of several frames each, got single frames only.',
      hint: "Use 'whitening', or encode several frames of each passage.",
    });
  return within.map((value) => value / withinWeight);
}
