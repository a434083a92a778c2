/** Chance that can be repeated: mulberry32. */
export interface Chance {
  /** 0 (inclusive) to 1 (exclusive). */
  next(): number;
  /** 0 (inclusive) to `end` (exclusive). */
  below(end: number): number;
  pick<T>(list: readonly T[]): T;
}

export function chance(seed: number): Chance {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const below = (end: number) => Math.floor(next() * end);
  return {
    next,
    below,
    pick: <T>(list: readonly T[]): T => {
      const one = list[below(list.length)];
      if (one === undefined) throw new Error('Expected a list with something in it.');
      return one;
    },
  };
}

/** The bytes with one to `most` changes: bits turned over, bytes overwritten, a piece cut out, put in twice or cut off. */
export function mutated(bytes: Uint8Array, luck: Chance, most = 4): Buffer {
  let changed: Buffer = Buffer.from(bytes);
  for (let change = luck.below(most); change >= 0; change -= 1) {
    if (changed.length === 0) return Buffer.from([luck.below(256)]);
    const at = luck.below(changed.length);
    const length = 1 + luck.below(Math.min(64, changed.length - at));
    const kind = luck.below(5);
    if (kind === 0) changed[at] = (changed[at] ?? 0) ^ (1 << luck.below(8));
    if (kind === 1) changed.fill(luck.below(256), at, at + length);
    if (kind === 2) changed = Buffer.concat([changed.subarray(0, at), changed.subarray(at + length)]);
    if (kind === 3) changed = Buffer.concat([changed.subarray(0, at + length), changed.subarray(at)]);
    if (kind === 4) changed = changed.subarray(0, at);
  }
  return changed;
}
