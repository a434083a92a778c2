/** Derives once what a plan of offsets changes about each row of a gallery, so that one more product with the same matrix suffices. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { LEAST_REST, type Stretch, UNSTRETCHED } from '../../biometrics/conditions/centred.js';
import { lengthOf } from '../../biometrics/conditions/condition-centre.js';
import type { OffsetPlan } from '../../biometrics/conditions/offset-plan.js';
import type { GallerySnapshot } from './gallery-store.js';

/** Rows processed between two turns of the event loop: about 1 ms. In one go, 300,000 rows hold up every lane for half a second. */
export const ROWS_PER_TURN = 2000;

export interface CentredRows {
  readonly plan: OffsetPlan;
  /** Numbers of a vector that are centred; those behind them stay as they are. */
  readonly size: number;
  readonly offsets: readonly Float64Array[];
  /** Place of each row's offset in `offsets`, plus 1; 0: that row stays raw. */
  readonly offsetOfRow: Uint16Array;
  /** Length of the first `size` numbers of each row. */
  readonly lengths: Float64Array;
  /** Length of what is left of each row at unit length; NaN where no direction is left, 1 where the row stays raw. */
  readonly rests: Float64Array;
  /** Of the distances to each row. */
  readonly stretches: readonly Stretch[];
}

/** @returns undefined where the plan takes nothing away from any row or from the live side. */
export async function centredRows(
  { matrix, owners, conditions, dimension }: GallerySnapshot,
  plan: OffsetPlan,
): Promise<CentredRows | undefined> {
  const offsets: Float64Array[] = [];
  const places = new Map<string, number>();
  const offsetOfRow = Uint16Array.from(conditions, (condition) => {
    let place = places.get(condition);
    if (place === undefined) {
      const offset = plan.template(condition);
      place = offset === undefined ? 0 : offsets.push(offset);
      places.set(condition, place);
    }
    return place;
  });
  const size = plan.live?.length ?? offsets[0]?.length;
  if (size === undefined) return undefined;
  const lengths = new Float64Array(owners.length);
  const rests = new Float64Array(owners.length).fill(1);
  for (let row = 0; row < owners.length; row += 1) {
    if (row % ROWS_PER_TURN === ROWS_PER_TURN - 1) await nextTurn();
    const vector = matrix.subarray(row * dimension, row * dimension + size);
    const length = lengthOf(vector);
    lengths[row] = length;
    const offset = offsets[(offsetOfRow[row] ?? 0) - 1];
    if (offset !== undefined) rests[row] = restOf(vector, length, offset);
  }
  const stretches = conditions.map((condition) => plan.stretch?.(condition) ?? UNSTRETCHED);
  return { plan, size, offsets, offsetOfRow, lengths, rests, stretches };
}

function restOf(vector: Float32Array, length: number, offset: Float64Array): number {
  let squares = 0;
  for (let i = 0; i < offset.length; i += 1)
    squares += ((vector[i] ?? Number.NaN) / length - (offset[i] ?? Number.NaN)) ** 2;
  const left = Math.sqrt(squares);
  return left >= LEAST_REST ? left : Number.NaN;
}

/**
 * Turns products of raw rows with a centred probe into those of centred rows: (t / |t| - offset) |t| / rest, times the probe.
 *
 * @param dots products of each whole row with the centred probe. @param probe centred, [dimension].
 */
export function centredDots(
  { matrix, dimension }: Pick<GallerySnapshot, 'matrix' | 'dimension'>,
  { size, offsets, offsetOfRow, lengths, rests }: CentredRows,
  dots: Float32Array,
  probe: Float32Array,
): Float64Array {
  const along = Float64Array.from(offsets, (offset) => dotOf(offset, probe));
  const behind = probe.subarray(size);
  const result = new Float64Array(dots.length);
  // A plain loop: it runs over the whole gallery for each look.
  for (let row = 0; row < result.length; row += 1) {
    const dot = dots[row] as number;
    const place = offsetOfRow[row] as number;
    if (place === 0) {
      result[row] = dot;
      continue;
    }
    const rest =
      size === dimension ? 0 : dotOf(behind, matrix.subarray(row * dimension + size, (row + 1) * dimension));
    const away = (lengths[row] as number) * (along[place - 1] as number);
    result[row] = (dot - rest - away) / (rests[row] as number) + rest;
  }
  return result;
}

/** @param b at least as long as `a`. */
function dotOf(a: Float32Array | Float64Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += (a[i] ?? Number.NaN) * (b[i] ?? Number.NaN);
  return sum;
}
