/**
 * Validates the people of a segment. A signed gallery can still be a bad one: made by a broken program, or by an attacker
 * with the site's key. A record that is not sound is left out, and its person is not let in; the
 * others are taken, so that one record never keeps removals of others from arriving.
 */
import type { ModelDigest } from '../../base/ids.js';
import { hashSlotOf, shardAt } from '../../records/people/shard.js';
import { refused } from '../tuf/refusal.js';
import type { ReceivedPerson, RefusedRecord, SegmentRead } from './segment.js';

/** What the encoder that is in use here makes. */
export interface OwnVectors {
  readonly digest: ModelDigest;
  readonly dimension: number;
  /** Whether they are of unit length. */
  readonly isUnit: boolean;
}

interface SegmentPlace {
  readonly shard: number;
  readonly bits: number;
}

/** float32 rounds a length of one by a millionth. */
const UNIT_SLACK = 1e-3;
/** dlib's encoder, which is not brought to unit length, gives about 1.4; others up to some tens. */
const MIN_LENGTH = 1e-3;
const MAX_LENGTH = 1e3;

/** Three hundred thousand times at a first sync: without the copy that Math.hypot(...vector) makes. */
function lengthOf(vector: Float32Array): number {
  let sum = 0;
  for (const value of vector) sum += value * value;
  return Math.sqrt(sum);
}

/**
 * Which of a segment's people may be in the gallery? People who are listed twice or in the wrong segment may not, nor those
 * whose record contradicts itself. Pure.
 * @param refused records of the segment that could not be read: no other record may take their id.
 */
export function validAmong(
  { people, refused }: SegmentRead,
  own: OwnVectors,
  place: SegmentPlace,
): SegmentRead {
  const times = new Map<string, number>();
  for (const id of [...people.map(({ person }) => person.id), ...refused.flatMap(({ id = [] }) => id)])
    times.set(id, (times.get(id) ?? 0) + 1);
  const sound: ReceivedPerson[] = [];
  const left = [...refused];
  for (const one of people) {
    const { id } = one.person;
    const why = placeProblem(id, times.get(id) ?? 1, place) ?? problemOfPerson(one, own);
    if (why === undefined) sound.push(one);
    else left.push({ id, why, badges: one.badges });
  }
  return { people: sound, refused: left };
}

function placeProblem(
  id: ReceivedPerson['person']['id'],
  times: number,
  { shard: bucket, bits }: SegmentPlace,
): string | undefined {
  if (times > 1) return 'Expected each person once, got one twice';
  if (shardAt(hashSlotOf(id), bits) !== bucket)
    return `Expected only people of segment ${bucket}, got one of another`;
  return undefined;
}

/**
 * Explains why a record cannot be in any gallery: for a log, without the person.
 * @param own absent at a registrar, which has no encoder: the vectors of one digest are then only compared with what a face can have.
 */
export function problemOfPerson(
  { person, badges, templates }: ReceivedPerson,
  own?: OwnVectors,
): string | undefined {
  const { validFrom, validUntil, groups = [] } = person;
  if (new Set(badges).size !== badges.length) return 'Expected each badge once, got one twice';
  if (new Set(groups).size !== groups.length) return 'Expected each group once, got one twice';
  if (validFrom !== undefined && validUntil !== undefined && !(validFrom < validUntil))
    return 'Expected a time that ends after it begins, got one that does not';
  const seen = new Set<string>();
  for (const { digest, source, vector } of templates) {
    const key = `${digest}/${source}`;
    if (seen.has(key)) return 'Expected each template once, got one twice';
    seen.add(key);
    const why = problemOfVector(vector, digest === own?.digest ? own : undefined);
    if (why !== undefined) return why;
  }
  return undefined;
}

function problemOfVector(vector: Float32Array, own: OwnVectors | undefined): string | undefined {
  const length = lengthOf(vector);
  if (!(length >= MIN_LENGTH && length <= MAX_LENGTH))
    return `Expected vectors of a length that a face can have, got ${length}`;
  if (own === undefined) return undefined;
  if (vector.length !== own.dimension)
    return `Expected vectors of ${own.dimension} numbers, got ${vector.length}`;
  if (own.isUnit && !(Math.abs(length - 1) <= UNIT_SLACK))
    return `Expected vectors of unit length, got a length of ${length}`;
  return undefined;
}

/** From so many records on the share counts: a small site may have one bad record among two. */
const MIN_RECORDS = 16;

/**
 * One bad record is left out; where most are bad the gallery is, or this version of the program: then nothing is taken.
 * @throws TwinstileError 'fleet-refused'.
 */
export function expectMostlyValid(sound: number, refusals: readonly RefusedRecord[]): void {
  const all = sound + refusals.length;
  if (all < MIN_RECORDS || refusals.length * 2 <= all) return;
  throw refused('a gallery of sound records', `${refusals.length} bad ones of ${all} (${refusals[0]?.why})`);
}
