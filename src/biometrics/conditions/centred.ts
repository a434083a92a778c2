/**
 * Takes the centre of a capture condition away from a vector, and compares what is left.
 *
 * The larger of the raw and the centred distance counts: a centre that is stale or wrong can then refuse, and never admits
 * where the raw distance refuses.
 */
import { type Distance, distance } from '../../base/units.js';
import { distanceOf, type Metric } from '../distance.js';
import { lengthOf } from './condition-centre.js';

/** What is taken away on each side, for vectors of unit length; absent: that side stays raw. */
export interface Offsets {
  readonly template?: Float64Array;
  readonly live?: Float64Array;
  /** Absent: distances count as they are. */
  readonly stretch?: Stretch;
}

/** How much longer each distance counts, 1 or more. */
export interface Stretch {
  readonly raw: number;
  readonly centred: number;
}

export const UNSTRETCHED: Stretch = { raw: 1, centred: 1 };

/** Shortest rest of a vector of unit length that still has a direction: below, float32 has rounded it away. */
export const LEAST_REST = 1e-4;

/**
 * Takes the offset away from the direction of a vector, and restores its length.
 *
 * @param vector float32 [offset.length or more]; numbers behind the offset's stay as they are (a crowd's coordinates).
 * @returns the same length as `vector`; NaN, which never matches, where no direction is left.
 */
export function centred(vector: Float32Array, offset: Float64Array | undefined): Float32Array {
  if (offset === undefined) return vector;
  const size = offset.length;
  const length = lengthOf(vector, size);
  const rest = Float64Array.from(offset, (value, i) => (vector[i] ?? Number.NaN) / length - value);
  const left = lengthOf(rest);
  const scale = left >= LEAST_REST ? length / left : Number.NaN;
  const result = Float32Array.from(vector);
  for (let i = 0; i < size; i += 1) result[i] = (rest[i] ?? Number.NaN) * scale;
  return result;
}

/** A vector as it is compared: as it is, and without its centre. */
export interface CentredVector {
  readonly raw: Float32Array;
  /** The same array as `raw` where nothing is taken away. */
  readonly centred: Float32Array;
}

export const withoutOffset = (raw: Float32Array, offset: Float64Array | undefined): CentredVector => ({
  raw,
  centred: centred(raw, offset),
});

/**
 * Returns the larger of the raw and the centred distance, 0 or more; NaN, which never matches, where either has none.
 */
export function largerDistance(
  metric: Metric,
  template: CentredVector,
  live: CentredVector,
  stretch = UNSTRETCHED,
): Distance {
  const between = distanceOf[metric];
  const raw = distance(between(template.raw, live.raw) * stretchIn(metric, stretch.raw));
  if (template.centred === template.raw && live.centred === live.raw) return raw;
  // Math.max of NaN is NaN: a vector that cannot be centred matches no one.
  return distance(
    Math.max(raw, between(template.centred, live.centred) * stretchIn(metric, stretch.centred)),
  );
}

/** A distance of cosines is half the square of the one between directions. */
const stretchIn = (metric: Metric, stretch: number): number => (metric === 'cosine' ? stretch ** 2 : stretch);

/** The same, of vectors from which nothing was taken away yet. */
export const strictDistance = (
  metric: Metric,
  template: Float32Array,
  live: Float32Array,
  offsets: Offsets,
): Distance =>
  largerDistance(
    metric,
    withoutOffset(template, offsets.template),
    withoutOffset(live, offsets.live),
    offsets.stretch,
  );
