/**
 * Examines whether a release performs on this device as promised. Pure: from the networks' output on the photographs to a verdict.
 *
 * Two ways of being wrong are looked for: pairs of one person that do not match, and pairs of two that match more often than
 * the calibration table promises.
 */

import { z } from 'zod';
import { countPeople, plural } from '../../base/plural.js';
import { type FalseMatchRate, falseMatchRate, type Millis } from '../../base/units.js';
import { fmrOf } from '../../biometrics/fmr.js';
import type { Comparison } from '../../biometrics/head/comparison.js';
import { brokenPromise } from '../../biometrics/statistics/calibration.js';
import { refused } from '../tuf/refusal.js';

/** One of the photographs by which a release is examined on each device: some people, some photographs of each. */
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

/**
 * "TWPAIR1\n" | length of the JSON (4 bytes, big-endian) | JSON: for each photograph whose it is (a number) and its length |
 * the photographs. The same photographs in the same order give the same bytes.
 */
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

/** What the vision process made of one photograph. */
export interface SeenPhoto {
  readonly person: number;
  /** Absent: no face, or none that is worth encoding. */
  readonly embedding?: Float32Array;
}

export interface Examined {
  readonly photos: readonly SeenPhoto[];
  /** Whether the drawn faces landed apart, and twice in the same place. */
  readonly selfTest: boolean;
  /** What really ran the networks. */
  readonly provider: string;
  /** From the photograph to the vector, the median. */
  readonly latency: Millis;
}

export interface ExaminationRules {
  readonly provider: string;
  /** Inclusive. */
  readonly maxLatency: Millis;
}

type ExaminationVerdict =
  | { readonly good: true; readonly genuine: number; readonly matched: number; readonly impostor: number }
  | { readonly good: false; readonly reason: string };

/** At this rate genuine pairs are counted: the least that a door is set to. */
const GENUINE_AT: FalseMatchRate = falseMatchRate(1e-3);
/** Photographs of a release are good ones: where half of the pairs do not match, people would be locked out at the gate. */
const MIN_MATCHED = 0.5;
const MIN_FOUND = 0.5;

export function assessRelease(
  { photos, selfTest: passedSelfTest, provider, latency }: Examined,
  comparison: Comparison,
  rules: ExaminationRules,
): ExaminationVerdict {
  const { calibration } = comparison;
  if (!passedSelfTest)
    return bad('the encoder does not land twice where it landed, or lands everywhere alike');
  if (provider !== rules.provider)
    return bad(`the networks ran on ${provider} in place of ${rules.provider}`);
  if (!(latency <= rules.maxLatency))
    return bad(`a photograph took ${Math.round(latency)} ms, more than ${rules.maxLatency}`);
  if (calibration === undefined) return bad('it has no calibration table: nobody would be let in');
  const seen = photos.flatMap(({ person, embedding }) =>
    embedding === undefined ? [] : [{ person, embedding }],
  );
  const counts = countPairs(seen);
  if (!(seen.length >= photos.length * MIN_FOUND))
    return bad(`a face was found in ${seen.length} of ${plural(photos.length, 'photograph')}`);
  if (!areEnough(counts))
    return bad(
      `${countPeople(counts.people)}, ${counts.genuine} genuine and ${counts.impostor} impostor pairs are too few (${MIN_PAIRS.people}, ${MIN_PAIRS.genuine}, ${MIN_PAIRS.impostor})`,
    );
  const templates = seen.map(({ person, embedding }) => ({ person, vector: embedding }));
  const genuine: FalseMatchRate[] = [];
  const impostor: FalseMatchRate[] = [];
  for (const [place, one] of templates.entries())
    for (const other of templates.slice(place + 1))
      (one.person === other.person ? genuine : impostor).push(
        fmrOf(calibration, comparison.between(one.vector, other.vector)),
      );
  const within = (rates: readonly FalseMatchRate[], bound: FalseMatchRate): number =>
    rates.filter((rate) => rate <= bound).length;
  const matched = within(genuine, GENUINE_AT);
  if (!(matched >= genuine.length * MIN_MATCHED))
    return bad(`${matched} of ${genuine.length} pairs of one person match at a rate of ${GENUINE_AT}`);
  const broken = brokenPromise(impostor);
  if (broken !== undefined) {
    const { promised, found } = broken;
    return bad(
      `${found.errors} of ${found.of} pairs of two people match where it promises a rate of ${promised}: it promises too much`,
    );
  }
  return { good: true, genuine: genuine.length, matched, impostor: impostor.length };
}

const bad = (reason: string): ExaminationVerdict => ({ good: false, reason });
