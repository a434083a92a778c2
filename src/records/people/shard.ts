/**
 * Assigns people to shards by a hash of their id: evenly, so that a change of one person rewrites one small segment,
 * independent of the alphabet.
 */
import { createHash } from 'node:crypto';
import type { PersonId } from '../../base/ids.js';

/** A hash slot is a number of this many bits; a shard is a range of slots, so that twice as many shards halve each.
 * 2^20 shards of 24 people carry 25 million. */
export const SLOT_BITS = 20;

/** About 24 people (38 KB with three 128-d templates each) are the best trade of segment against list of segments. */
const MAX_PER_SHARD = 32;
/** Both ways only when far off: a gallery near a limit must not be split and joined every day. */
const SLACK = 1.5;

/** @returns 0..2^20 - 1, of SHA-256's first bits. */
export function hashSlotOf(person: PersonId): number {
  return createHash('sha256').update(person).digest().readUInt32BE(0) >>> (32 - SLOT_BITS);
}

/** @param bits 0..SLOT_BITS: there are 2^bits shards. */
export const shardAt = (slot: number, bits: number): number => slot >>> (SLOT_BITS - bits);

/** First and last hash slot of a shard, both inclusive. */
export function slotRangeOf(shard: number, bits: number): readonly [first: number, last: number] {
  const size = 2 ** (SLOT_BITS - bits);
  return [shard * size, (shard + 1) * size - 1];
}

/** Number of shards for a gallery, as a power of 2. @param before the current one. */
export function bitsFor(people: number, before?: number): number {
  const fitting = Math.min(SLOT_BITS, Math.max(0, Math.ceil(Math.log2(Math.max(1, people) / MAX_PER_SHARD))));
  if (before === undefined || fitting === before) return fitting;
  const perShard = people / 2 ** before;
  const isTolerable = perShard <= MAX_PER_SHARD * SLACK && perShard >= MAX_PER_SHARD / 2 / SLACK;
  return isTolerable ? before : fitting;
}

/** Segments are listed in segment indexes, these in the manifest: a change rewrites one short list, not a long one. */
export const segmentIndexBitsOf = (bits: number): number => Math.ceil(bits / 2);
