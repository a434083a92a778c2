/**
 * Lists the formats of segments. A box refuses fields that it does not know, so a registrar may write a format only when every
 * box of the site reads it.
 *
 * 1: people, badges, templates. 2: also where each template was captured (`condition`).
 */
import { z } from 'zod';
import { ID_PATTERN } from '../../base/ids.js';
import { MAX_NAME_LENGTH } from '../../base/names.js';
import {
  MAX_BADGES,
  MAX_CONSENT_TEXT,
  MAX_GROUPS,
  MAX_TEMPLATES,
  MAX_TIME,
} from '../../records/people/record-rules.js';

export const SEGMENT_FORMATS = [1, 2] as const;
export type SegmentFormat = (typeof SEGMENT_FORMATS)[number];

export const OLDEST_SEGMENT_FORMAT: SegmentFormat = 1;
/** The highest that this version reads and writes; boxes report it in their state. */
export const NEWEST_SEGMENT_FORMAT: SegmentFormat = 2;

/** In which format something is published. */
export interface InFormat {
  readonly format?: SegmentFormat | undefined;
}

/** The format in which a gallery was published; 1 where none is recorded. */
export const formatBefore = (state: InFormat | undefined): SegmentFormat =>
  state?.format ?? OLDEST_SEGMENT_FORMAT;

/** The first bytes of a segment. */
export const magicOf = (format: SegmentFormat): Buffer => Buffer.from(`TWSEG${format}\n`);

export const MAGIC_BYTES = magicOf(OLDEST_SEGMENT_FORMAT).length;

/** @returns undefined for bytes of no known format. */
export const formatOf = (bytes: Buffer): SegmentFormat | undefined =>
  SEGMENT_FORMATS.find((format) => bytes.subarray(0, MAGIC_BYTES).equals(magicOf(format)));

/** Whether the bytes begin like a segment of a later version. */
export const isLaterFormat = (bytes: Buffer): boolean =>
  formatOf(bytes) === undefined && /^TWSEG\d\n/.test(bytes.subarray(0, MAGIC_BYTES).toString('latin1'));

const id = z.string().regex(ID_PATTERN);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const time = z.int().min(-MAX_TIME).max(MAX_TIME);
const template = z.strictObject({
  digest: sha256,
  source: sha256,
  created_at: time,
  dimension: z.int().min(1).max(4096),
});
/** A later version may know more conditions; what cannot be read counts as not recorded. */
const captured = template.extend({ condition: z.string().min(1).max(64) });

const fieldsOfPerson = <T extends z.ZodType>(ofTemplate: T) =>
  z.strictObject({
    id,
    name: z.string().max(MAX_NAME_LENGTH),
    consent: z.tuple([z.string().trim().min(1).max(MAX_CONSENT_TEXT), time, time.nullable()]).nullable(),
    valid_from: time.nullable(),
    valid_until: time.nullable(),
    groups: z.array(id).max(MAX_GROUPS),
    badges: z.array(id).max(MAX_BADGES),
    templates: z.array(ofTemplate).max(MAX_TEMPLATES),
  });

/** The fields of a person, by format. */
export const SEGMENT_FIELDS = { 1: fieldsOfPerson(template), 2: fieldsOfPerson(captured) } as const;

export type SegmentFields = z.infer<(typeof SEGMENT_FIELDS)[1]> | z.infer<(typeof SEGMENT_FIELDS)[2]>;
