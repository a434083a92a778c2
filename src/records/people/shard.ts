/**
 * In which segment does a person lie? People are spread evenly by a hash of their id, so that a change of one person
 * touches one small segment, wherever that person's name stands in the alphabet.
 */
import { createHash } from 'node:crypto';
import type { PersonId } from '../../base/ids.js';

/** A place is a number of this many bits; a bucket is a run of places, so that twice as many buckets halve each. */
export const SLOT_BITS = 20;
/** 2^20 segments of 24 people carry 25 million. */
export const MAX_BITS = SLOT_BITS;

/** About 24 people (38 KB with three 128-d templates each) are the best trade of segment against list of segments. */
const MAX_PER_SHARD = 32;
/** Both ways only when far off: a gallery that stands at a limit must not be split and joined every day. */
const SLACK = 1.5;

/** @returns 0..2^20 - 1, of SHA-256's first bits. */
export function hashSlotOf(person: PersonId): number {
  return createHash('sha256').update(person).digest().readUInt32BE(0) >>> (32 - SLOT_BITS);
}

/** @param bits 0..MOST_BITS: there are 2^bits buckets. */
export const shardAt = (place: number, bits: number): number => place >>> (SLOT_BITS - bits);

/** The first and the last place of a bucket, both inclusive. */
export function slotRangeOf(bucket: number, bits: number): readonly [first: number, last: number] {
  const size = 2 ** (SLOT_BITS - bits);
  return [bucket * size, (bucket + 1) * size - 1];
}

/** Into how many buckets (2 to this power) a gallery is cut. @param before as it is cut now. */
export function bitsFor(people: number, before?: number): number {
  const fitting = Math.min(MAX_BITS, Math.max(0, Math.ceil(Math.log2(Math.max(1, people) / MAX_PER_SHARD))));
  if (before === undefined || fitting === before) return fitting;
  const perBucket = people / 2 ** before;
  const isTolerable = perBucket <= MAX_PER_SHARD * SLACK && perBucket >= MAX_PER_SHARD / 2 / SLACK;
  return isTolerable ? before : fitting;
}

/** Segments are listed on shelves, shelves in the manifest: a change rewrites one short list, not one line in a long one. */
export const segmentIndexBitsOf = (bits: number): number => Math.ceil(bits / 2);
