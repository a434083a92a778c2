/**
 * Lists the segments of a published gallery. The manifest is a target of the TUF repository; it names segment indexes,
 * which name segments, each by SHA-256 and size: trust in the manifest covers everything below.
 */
import { z } from 'zod';
import { ID_PATTERN } from '../../base/ids.js';
import { SLOT_BITS } from '../../records/people/shard.js';
import { refused } from '../tuf/refusal.js';

/** Encrypted segments of about 40 KB; 100 times that is still no gallery. */
export const MAX_SEGMENT = 16 * 1024 * 1024;
/** 1024 segments in one index take 80 KB. */
export const MAX_SEGMENT_INDEX = 1024 * 1024;
/** 98 bytes for each device that may read: 10,000 of them. */
export const MAX_ENVELOPE = 1024 * 1024;
export const MAX_MANIFEST = 1024 * 1024;

const blob = (most: number) =>
  z.tuple([z.string().regex(/^[0-9a-f]{64}$/), z.int().min(1).max(most)]).readonly();

const manifestSchema = z.strictObject({
  v: z.literal(1),
  site: z.string().regex(ID_PATTERN),
  /** Rises by one with each gallery that differs from the one before. */
  serial: z.int().min(1),
  /** 2 to this power segments. */
  bits: z.int().min(0).max(SLOT_BITS),
  shelves: z.array(blob(MAX_SEGMENT_INDEX)).min(1).max(1024),
  /** What opens the segments, encrypted to each device of the site. */
  envelope: blob(MAX_ENVELOPE),
  /** Revocations up to this number are contained. */
  revoked_through: z.int().min(0),
});
const segmentIndexSchema = z.strictObject({
  v: z.literal(1),
  /** null: a shard without people. */
  segments: z.array(blob(MAX_SEGMENT).nullable()).min(1).max(1024),
});

export type Manifest = z.infer<typeof manifestSchema>;
type SegmentIndex = z.infer<typeof segmentIndexSchema>;
/** SHA-256 in lower-case hexadecimal, and size in bytes. */
export type Blob = Manifest['envelope'];

/** Path of a blob in the repository. */
export const blobPath = (sha256: string): string => `blobs/${sha256.slice(0, 2)}/${sha256}`;
export const manifestTarget = (site: string): string => `site/${site}/manifest.json`;
/** Name of the delegated role of a site. */
export const siteRole = (site: string): string => `site-${site}`;

export const encodeManifest = ({
  site,
  serial,
  bits,
  shelves,
  envelope,
  revoked_through,
}: Omit<Manifest, 'v'>): Buffer =>
  Buffer.from(`${JSON.stringify({ v: 1, site, serial, bits, shelves, envelope, revoked_through })}\n`);

export const encodeSegmentIndex = (segments: SegmentIndex['segments']): Buffer =>
  Buffer.from(`${JSON.stringify({ v: 1, segments })}\n`);

/** @throws TwinstileError 'fleet-refused'. */
export function readManifest(bytes: Uint8Array, site: string): Manifest {
  const manifest = parse(manifestSchema, bytes, 'a manifest of a gallery');
  if (manifest.site !== site) throw refused(`the manifest of site ${site}`, `that of ${manifest.site}`);
  if (2 ** manifest.bits % manifest.shelves.length !== 0)
    throw refused('shelves of one length', `${manifest.shelves.length} for 2^${manifest.bits} segments`);
  return manifest;
}

/** @param segments how many the manifest lets expect. @throws TwinstileError 'fleet-refused'. */
export function readSegmentIndex(bytes: Uint8Array, segments: number): SegmentIndex {
  const index = parse(segmentIndexSchema, bytes, 'a shelf of a gallery');
  if (index.segments.length === segments) return index;
  throw refused(`a shelf of ${segments} segments`, `one of ${index.segments.length}`);
}

function parse<T>(schema: z.ZodType<T>, bytes: Uint8Array, what: string): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (cause) {
    throw refused(what, 'something else', undefined, cause);
  }
}
