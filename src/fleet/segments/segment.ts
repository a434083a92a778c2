/**
 * A few people as bytes, before encryption. The same people give the same bytes, whatever the machine or the order in
 * which they were enrolled.
 *
 * "TWSEG1\n" or "TWSEG2\n" | number of people (4 bytes, big-endian) | for each person, rising by id: length of the JSON (4 bytes), the
 * JSON (UTF-8, fields in the order written here), the vectors in the order of the templates (float32, little-endian).
 */

import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type BadgeId, badgeId, type ModelDigest, modelDigest, personId } from '../../base/ids.js';
import { MAX_NAME_LENGTH } from '../../base/names.js';
import { countPeople } from '../../base/plural.js';
import { type WallTime, wallTime } from '../../base/units.js';
import {
  type CaptureCondition,
  readCondition,
  UNKNOWN_CONDITION,
} from '../../biometrics/conditions/capture-condition.js';
import type { Consent, Person } from '../../records/people/person.js';
import { refused } from '../tuf/refusal.js';
import {
  formatOf,
  isLaterFormat,
  MAGIC_BYTES,
  magicOf,
  OLDEST_SEGMENT_FORMAT,
  SEGMENT_FIELDS,
  type SegmentFields,
  type SegmentFormat,
} from './segment-format.js';

/** One person as the registrar publishes them. */
export interface PublishedPerson {
  readonly person: Person;
  /** Rising. */
  readonly badges: readonly BadgeId[];
  /** Rising by digest, then by source. */
  readonly templates: readonly PublishedTemplate[];
  /** How many more there are at the registrar that are damaged; absent for none. */
  readonly damaged?: number;
}

interface PublishedTemplate {
  readonly digest: ModelDigest;
  readonly source: string;
  readonly createdAt: WallTime;
  readonly vector: Float32Array;
  /** Where the face was captured; absent: not recorded, as in format 1. */
  readonly condition?: CaptureCondition;
}

/** As it came out of a segment. */
export interface ReceivedPerson extends PublishedPerson {
  /** Lower-case hexadecimal SHA-256 of the person's bytes in the segment. */
  readonly digest: string;
}

/** A person's fields; a hundred templates take 20 KB. */
const MAX_FIELDS = 64 * 1024;
const MAX_PEOPLE = 100_000;

const byteOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** @param format 1 leaves out where templates were captured. */
export function encodeSegment(
  people: readonly PublishedPerson[],
  format: SegmentFormat = OLDEST_SEGMENT_FORMAT,
): Buffer {
  const sorted = [...people].sort((a, b) => byteOrder(a.person.id, b.person.id));
  const records = sorted.flatMap((one) => encodePerson(one, format));
  return Buffer.concat([magicOf(format), uint32(sorted.length), ...records]);
}

function encodePerson(
  { person, badges, templates }: PublishedPerson,
  format: SegmentFormat,
): readonly Uint8Array[] {
  const ordered = [...templates].sort(
    (a, b) => byteOrder(a.digest, b.digest) || byteOrder(a.source, b.source),
  );
  const json = Buffer.from(
    JSON.stringify({
      id: person.id,
      name: person.name,
      consent:
        person.consent === undefined
          ? null
          : [person.consent.textVersion, person.consent.givenAt, person.consent.until ?? null],
      valid_from: person.validFrom ?? null,
      valid_until: person.validUntil ?? null,
      groups: [...(person.groups ?? [])].sort(byteOrder),
      badges: [...badges].sort(byteOrder),
      templates: ordered.map(({ digest, source, createdAt, vector, condition }) => ({
        digest,
        source,
        created_at: createdAt,
        dimension: vector.length,
        condition: format === OLDEST_SEGMENT_FORMAT ? undefined : (condition ?? UNKNOWN_CONDITION),
      })),
    }),
  );
  const vectors = ordered.map(({ vector }) =>
    Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength),
  );
  return [uint32(json.length), json, ...vectors];
}

/** A record that cannot be taken. Its place in the segment is known, so that the others can. */
export interface RefusedRecord {
  /** As far as it can be read. */
  readonly id?: string | undefined;
  /** "Expected X, got Y", without an id or a name: it goes into logs. */
  readonly why: string;
  /** Badges of the record, as far as they can be read: they belong to a person, so none is a visitor's. */
  readonly badges?: readonly string[];
}

export interface SegmentRead {
  readonly people: readonly ReceivedPerson[];
  readonly refused: readonly RefusedRecord[];
}

/**
 * Reads every record that keeps the limits, and passes over those that do not.
 * @throws TwinstileError 'fleet-refused' for bytes that are no segment, and for fields that this version does not know:
 * they may carry a restriction that must not be left out.
 */
export function readSegment(bytes: Uint8Array): SegmentRead {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = MAGIC_BYTES + 4;
  if (isLaterFormat(all))
    throw refused('a format of segments that this version knows', 'a later one', UPGRADE);
  const format = formatOf(all);
  if (all.length < at || format === undefined) throw noSegment('other bytes');
  const count = all.readUInt32BE(MAGIC_BYTES);
  if (count > MAX_PEOPLE) throw noSegment(`${countPeople(count)} in one`);
  const take = (length: number): Buffer => {
    const part = all.subarray(at, at + length);
    if (part.length !== length) throw noSegment('one that is cut short');
    at += length;
    return part;
  };
  const people: ReceivedPerson[] = [];
  const rejected: RefusedRecord[] = [];
  for (let number = 0; number < count; number += 1) {
    const start = at;
    const length = take(4).readUInt32BE(0);
    const json = readJson(take(length));
    const { id, templates } = frameOf(json);
    const vectors = templates.map(({ dimension }) => vectorOf(take(dimension * 4)));
    const record = length > MAX_FIELDS ? tooLong(length) : readFields(json, format);
    if (!record.success) {
      rejected.push({ id, why: record.why, badges: badgesIn(json) });
      continue;
    }
    const digest = createHash('sha256').update(all.subarray(start, at)).digest('hex');
    people.push(receivedPerson(record.data, vectors, digest));
  }
  if (at !== all.length) throw noSegment('bytes after the last person');
  return { people, refused: rejected };
}

/** @throws TwinstileError 'fleet-refused' for anything but whole records, all of them within the limits. */
export function decodeSegment(bytes: Uint8Array): readonly ReceivedPerson[] {
  const { people, refused: left } = readSegment(bytes);
  if (left[0] !== undefined) throw refused('the fields of a person', left[0].why);
  return people;
}

/** What it takes to find the end of a record, whatever else is wrong with it. */
const frame = z.looseObject({
  id: z.string().optional().catch(undefined),
  templates: z.array(z.looseObject({ dimension: z.int().min(0).max(1_000_000) })),
});

function frameOf(json: unknown): z.infer<typeof frame> {
  const read = frame.safeParse(json);
  if (read.success) return read.data;
  throw noSegment('a record whose end cannot be known');
}

function readJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw refused('the fields of a person', 'no JSON', undefined, cause);
  }
}

type FieldsRead =
  | { readonly success: true; readonly data: SegmentFields }
  | { readonly success: false; readonly why: string };

const UPGRADE = 'Install the registrar’s version of twinstile here; the gallery here stays in use meanwhile.';

function readFields(json: unknown, format: SegmentFormat): FieldsRead {
  const read = SEGMENT_FIELDS[format].safeParse(json);
  if (read.success) return read;
  if (read.error.issues.some(({ code }) => code === 'unrecognized_keys'))
    throw refused('fields of a person that this version knows', 'others', UPGRADE);
  const [issue] = read.error.issues;
  // Quotes the schema, and no values of the person.
  return { success: false, why: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'refused'}` };
}

/** More than a record may have, and far fewer than would cost anything. */
const MAX_READ_BADGES = 1000;

function badgesIn(json: unknown): readonly string[] {
  if (typeof json !== 'object' || json === null || !('badges' in json) || !Array.isArray(json.badges))
    return [];
  return json.badges
    .slice(0, MAX_READ_BADGES)
    .filter((badge): badge is string => typeof badge === 'string' && badge.length <= MAX_NAME_LENGTH);
}

const tooLong = (length: number): FieldsRead => ({
  success: false,
  why: `Expected at most ${MAX_FIELDS} bytes of fields, got ${length}`,
});

function receivedPerson(
  record: SegmentFields,
  vectors: readonly Float32Array[],
  digest: string,
): ReceivedPerson {
  return {
    person: {
      id: personId(record.id),
      name: record.name,
      consent: record.consent === null ? undefined : consentOf(record.consent),
      validFrom: record.valid_from === null ? undefined : wallTime(record.valid_from),
      validUntil: record.valid_until === null ? undefined : wallTime(record.valid_until),
      groups: record.groups.length === 0 ? undefined : record.groups,
    },
    badges: record.badges.map(badgeId),
    templates: record.templates.map((template, place) => {
      const read = {
        digest: modelDigest(template.digest),
        source: template.source,
        createdAt: wallTime(template.created_at),
        vector: vectors[place] ?? new Float32Array(),
      };
      if (!('condition' in template)) return read;
      return { ...read, condition: readCondition(template.condition) ?? UNKNOWN_CONDITION };
    }),
    digest,
  };
}

function consentOf([textVersion, givenAt, until]: readonly [string, number, number | null]): Consent {
  return {
    textVersion,
    givenAt: wallTime(givenAt),
    until: until === null ? undefined : wallTime(until),
  };
}

/** A copy: the bytes lie at any address. */
function vectorOf(bytes: Buffer): Float32Array {
  const vector = new Float32Array(bytes.length / 4);
  Buffer.from(vector.buffer).set(bytes);
  return vector;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

const noSegment = (got: string) => refused('a segment of a gallery', got);
