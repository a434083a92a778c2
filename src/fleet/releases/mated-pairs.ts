/**
 * The photographs by which a release is examined on each device: some people, some photographs of each.
 *
 * "TWPAIR1\n" | length of the JSON (4 bytes, big-endian) | JSON: for each photograph whose it is (a number) and its length |
 * the photographs.
 */
import { z } from 'zod';
import { refused } from '../tuf/refusal.js';

export interface PairPhoto {
  /** Which of the people, from 0: no name, no id. */
  readonly person: number;
  /** A picture file as it is. */
  readonly photo: Uint8Array;
}

interface PairCounts {
  readonly people: number;
  readonly genuine: number;
  readonly impostor: number;
}

/** With fewer a coin could pass, and a good encoder could fail. */
export const MIN_PAIRS: PairCounts = { people: 8, genuine: 8, impostor: 100 };
/** They are encoded on each device: 200 take a slow box some ten seconds. */
export const MAX_PHOTOS = 200;
/** Of all photographs together, in bytes. */
export const MAX_PHOTO_BYTES = 12 * 1024 * 1024;

const MAGIC = Buffer.from('TWPAIR1\n');
const header = z
  .array(
    z.strictObject({ person: z.int().min(0).max(MAX_PHOTOS), bytes: z.int().min(1).max(MAX_PHOTO_BYTES) }),
  )
  .max(MAX_PHOTOS);

/** The same photographs in the same order give the same bytes. */
export function encodePairs(photos: readonly PairPhoto[]): Buffer {
  const json = Buffer.from(
    JSON.stringify(photos.map(({ person, photo }) => ({ person, bytes: photo.length }))),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32BE(json.length);
  return Buffer.concat([MAGIC, length, json, ...photos.map(({ photo }) => photo)]);
}

/** @throws TwinstileError 'fleet-refused'. */
export function decodePairs(bytes: Uint8Array): readonly PairPhoto[] {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = MAGIC.length + 4;
  if (all.length < start || !all.subarray(0, MAGIC.length).equals(MAGIC)) throw broken();
  const end = start + all.readUInt32BE(MAGIC.length);
  if (end > all.length) throw broken();
  let list: z.infer<typeof header>;
  try {
    list = header.parse(JSON.parse(all.subarray(start, end).toString('utf8')));
  } catch (cause) {
    throw broken(cause);
  }
  let at = end;
  const photos = list.map(({ person, bytes: size }) => {
    const photo = Buffer.from(all.subarray(at, at + size));
    at += size;
    return { person, photo };
  });
  if (at !== all.length) throw broken();
  return photos;
}

const broken = (cause?: unknown) =>
  refused('the photographs of a release as they were made', 'something else', undefined, cause);

/** How many pairs they make. */
export function countPairs(photos: readonly Pick<PairPhoto, 'person'>[]): PairCounts {
  const people = new Map<number, number>();
  for (const { person } of photos) people.set(person, (people.get(person) ?? 0) + 1);
  const all = (photos.length * (photos.length - 1)) / 2;
  const genuine = [...people.values()].reduce((sum, count) => sum + (count * (count - 1)) / 2, 0);
  return { people: people.size, genuine, impostor: all - genuine };
}

export const areEnough = ({ people, genuine, impostor }: PairCounts): boolean =>
  people >= MIN_PAIRS.people && genuine >= MIN_PAIRS.genuine && impostor >= MIN_PAIRS.impostor;
