/** Selects the distances at certain ranks among millions: counting their bits takes a tenth of the time of sorting; keeps the few worst pairs. */

interface Ranked {
  readonly value: number;
  /** How many are below it, and how many below it or equal. */
  readonly below: number;
  readonly upTo: number;
}

/** Below it the counting tables cost more than they save. */
const MIN_COUNT = 50_000;
const HALF_BITS = 16;
const HALVES = 1 << HALF_BITS;

/**
 * What `Float32Array.prototype.sort` would put at these places, exactly; NaN counts as the farthest.
 * @param ranks from 0. @returns one for each; a rank beyond the end has the value infinity, and all below it.
 */
export function ranked(values: Float32Array, ranks: readonly number[]): readonly Ranked[] {
  return values.length < MIN_COUNT ? bySorting(values, ranks) : byCounting(values, ranks);
}

function bySorting(values: Float32Array, ranks: readonly number[]): readonly Ranked[] {
  const sorted = Float32Array.from(values).sort();
  return ranks.map((rank) => {
    const value = sorted[rank];
    if (value === undefined) return beyond(sorted.length);
    let below = rank;
    while (below > 0 && Object.is(sorted[below - 1], value)) below -= 1;
    let upTo = rank + 1;
    while (upTo < sorted.length && Object.is(sorted[upTo], value)) upTo += 1;
    return { value, below, upTo };
  });
}

/** First by the upper half of the bits; then, where a rank falls, by the lower half. */
function byCounting(values: Float32Array, ranks: readonly number[]): readonly Ranked[] {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const uppers = new Uint32Array(HALVES);
  for (let i = 0; i < bits.length; i += 1) {
    const upper = keyOf(bits[i] as number) >>> HALF_BITS;
    uppers[upper] = (uppers[upper] as number) + 1;
  }
  const places = ranks.map((rank) => holderOf(uppers, rank));
  const lowers = new Map(places.map((place) => [place?.bin, new Uint32Array(HALVES)]));
  const tables = Array.from({ length: HALVES }, (_, upper) => lowers.get(upper));
  for (let i = 0; i < bits.length; i += 1) {
    const key = keyOf(bits[i] as number);
    const table = tables[key >>> HALF_BITS];
    if (table === undefined) continue;
    const lower = key & (HALVES - 1);
    table[lower] = (table[lower] as number) + 1;
  }
  return ranks.map((rank, i) => {
    const upper = places[i];
    const table = lowers.get(upper?.bin);
    const lower = upper && table && holderOf(table, rank - upper.before);
    if (upper === undefined || lower === undefined) return beyond(values.length);
    const below = upper.before + lower.before;
    const value = floatOf(upper.bin * HALVES + lower.bin);
    return { value, below, upTo: below + (table?.[lower.bin] ?? 0) };
  });
}

/** The bin in which a rank falls, and how many are in the bins before it. */
function holderOf(
  counts: Uint32Array,
  rank: number,
): { readonly bin: number; readonly before: number } | undefined {
  let before = 0;
  for (let bin = 0; bin < counts.length; bin += 1) {
    const count = counts[bin] as number;
    if (rank < before + count) return { bin, before };
    before += count;
  }
  return undefined;
}

const beyond = (all: number): Ranked => ({ value: Number.POSITIVE_INFINITY, below: all, upTo: all });

const SIGN = 0x8000_0000;
const INFINITY_BITS = 0x7f80_0000;
const NAN_KEY = 0xffff_ffff;

/** Whole numbers in the order of the floats: IEEE 754 bits count up with the value, and down below zero. */
const keyOf = (bits: number): number =>
  (bits & 0x7fff_ffff) > INFINITY_BITS ? NAN_KEY : bits & SIGN ? ~bits >>> 0 : (bits | SIGN) >>> 0;

function floatOf(key: number): number {
  if (key === NAN_KEY) return Number.NaN;
  const bits = Uint32Array.of(key & SIGN ? key & 0x7fff_ffff : ~key >>> 0);
  return new Float32Array(bits.buffer)[0] ?? Number.NaN;
}

/** The pairs that went worst: of each kind the few at the wrong end. */
export interface Pair {
  readonly a: number;
  readonly b: number;
  readonly distance: number;
}

interface Extremes {
  /** Numbers, not an object: it is asked for millions of pairs. */
  offer(distance: number, a: number, b: number): void;
  /** The worst first. */
  take(): readonly Pair[];
}

/** @param worst 'far': the farthest count as the worst (one person); 'near': the nearest (two people). @param keep how many. */
export function extremesOf(worst: 'far' | 'near', keep: number): Extremes {
  const isWorse = (a: number, b: number): boolean => (worst === 'far' ? a > b : a < b);
  const kept: Pair[] = [];
  let bound = Number.NaN;
  return {
    offer(distance, a, b) {
      if (Number.isNaN(distance) || (kept.length >= keep && !isWorse(distance, bound))) return;
      const place = kept.findIndex((one) => isWorse(distance, one.distance));
      kept.splice(place === -1 ? kept.length : place, 0, { a, b, distance });
      if (kept.length > keep) kept.pop();
      bound = kept.at(-1)?.distance ?? distance;
    },
    take: () => [...kept],
  };
}
