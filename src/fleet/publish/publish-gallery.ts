/** Publishes the registrar's people into a repository that any web server can serve; writes only what changed. */
import { createHash } from 'node:crypto';
import { bitsFor } from '../../records/people/shard.js';
import type { PublishedState, PublishSnapshot, PublishSource, RepositoryWriter } from '../fleet-ports.js';
import {
  type Blob,
  blobPath,
  encodeManifest,
  MAX_ENVELOPE,
  manifestTarget,
  siteRole,
} from '../segments/manifest.js';
import { formatBefore, type InFormat, type SegmentFormat } from '../segments/segment-format.js';
import { type Signer, targetFileOf } from '../tuf/signing.js';
import {
  distributeMetadata,
  newest,
  noRoot,
  type SigningDependencies,
  signSnapshot,
  signTargets,
  withTarget,
} from './sign-metadata.js';
import {
  BlobWriter,
  type DamagedTemplates,
  type Unpublishable,
  type WrittenSegments,
  writeSegmentIndexes,
  writeSegments,
} from './write-segments.js';

export interface PublishDependencies extends SigningDependencies, InFormat {
  readonly site: string;
  readonly people: PublishSource;
  readonly out: RepositoryWriter;
  readonly state: {
    load(): Promise<PublishedState | undefined>;
    save(state: PublishedState): Promise<void>;
  };
  readonly siteSigners: readonly Signer[];
  /** The site's own identity, which decrypts the segments; it is in the envelope. */
  readonly siteIdentity: { readonly secret: string; readonly recipient: string };
  /** Recipients of the devices that may read. */
  readonly devices: readonly string[];
  readonly encrypt: (recipients: readonly string[], plain: Uint8Array) => Promise<Uint8Array>;
  /** Reads all people, whatever is noted of changes. */
  readonly full?: boolean;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface PublishSummary {
  readonly serial: number;
  readonly people: number;
  readonly segments: number;
  /** Segments that were written. */
  readonly written: number;
  readonly bytes: number;
  /** Of the segments. */
  readonly format: SegmentFormat;
  /** Whether devices will notice anything. */
  readonly changed: boolean;
  /** People who are not in it because boxes would refuse the record: they are let in nowhere. */
  readonly leftOut: readonly Unpublishable[];
  /** Whose templates are damaged: these are not in it. */
  readonly damaged: readonly DamagedTemplates[];
}

/** @throws TwinstileError 'key-unusable', and what the ports throw; the repository stays whole then. */
export async function publishGallery(dependencies: PublishDependencies): Promise<PublishSummary> {
  const { people, state } = dependencies;
  if ((await newest(dependencies.folder, 'root')) === undefined) throw noRoot();
  const before = await state.load();
  // The people and the newest revocation are signed together: so they are read together.
  const version = await people.snapshot((snapshot) => writeVersion(dependencies, before, snapshot));
  const serial = await signManifest(dependencies, before, version);
  const changed = await signSnapshot(dependencies);
  await distributeMetadata(dependencies);
  await people.published(version.mark);
  const { bytes, format, written, leftOut, damaged } = version;
  return {
    serial,
    format,
    leftOut,
    damaged,
    people: version.people,
    segments: Object.keys(version.segments).length,
    written,
    bytes,
    changed,
  };
}

/** A version on disk, before it has a number and a signature. */
interface Version extends WrittenSegments, Pick<PublishSummary, 'people' | 'bytes' | 'format'> {
  readonly bits: number;
  readonly mark: number;
  readonly envelope: Blob;
  readonly segmentIndexes: readonly Blob[];
  readonly revokedThrough: number;
}

/** Writes the segments that changed, and the indexes that list them; no manifest names them yet. */
async function writeVersion(
  dependencies: PublishDependencies,
  before: PublishedState | undefined,
  snapshot: PublishSnapshot,
): Promise<Version> {
  const bits = bitsFor(snapshot.ids.length, before?.bits);
  const isComparable = before?.bits === bits && before.recipient === dependencies.siteIdentity.recipient;
  const previous = isComparable ? before : undefined;
  const format = dependencies.format ?? formatBefore(before);
  const blobs = new BlobWriter(dependencies.out);
  const written = await writeSegments(dependencies, { bits, format, previous, snapshot, blobs });
  const envelope = await envelopeOf(dependencies, before, blobs);
  const segmentIndexes = await writeSegmentIndexes(written.segments, bits, blobs);
  return {
    ...written,
    bits,
    format,
    mark: snapshot.changes.mark,
    envelope,
    segmentIndexes,
    revokedThrough: snapshot.revokedThrough,
    people: snapshot.ids.length - written.leftOut.length,
    bytes: blobs.bytes,
  };
}

/** Gives the version its number, and signs it. @returns the number. */
async function signManifest(
  dependencies: PublishDependencies,
  before: PublishedState | undefined,
  { bits, format, mark, segments, unsound, envelope, segmentIndexes, revokedThrough }: Version,
): Promise<number> {
  const { out, site } = dependencies;
  const content = { site, bits, shelves: [...segmentIndexes], envelope, revoked_through: revokedThrough };
  const serial = await serialOf(dependencies, content, before?.serial ?? 0);
  const manifest = encodeManifest({ ...content, serial });
  const target = targetFileOf(manifestTarget(site), manifest);
  await out.put(`targets/site/${site}/${target.hashes.sha256}.manifest.json`, manifest);
  await out.flush();
  const next = {
    recipient: dependencies.siteIdentity.recipient,
    bits,
    serial,
    mark,
    format,
    segments,
    unsound,
    devices: devicesKey(dependencies),
    envelope,
    shelves: segmentIndexes.map(([sha256]) => sha256),
  };
  await dependencies.state.save({ ...next, dropped: droppedBy(next, before) });
  const signing = {
    role: siteRole(site),
    signers: dependencies.siteSigners,
    lifetime: dependencies.lifetimes.site,
  };
  await signTargets(dependencies, signing, (old) => withTarget(old, target));
  return serial;
}

type Content = Omit<PublishedState, 'dropped'>;

/** Every blob of one version. */
export const blobsOf = ({ segments, envelope, shelves }: Content): readonly string[] => [
  ...Object.values(segments).map(([, sha256]) => sha256),
  envelope[0],
  ...shelves,
];

function droppedBy(next: Content, before: PublishedState | undefined): readonly string[] {
  if (before === undefined) return [];
  if (before.serial === next.serial) return before.dropped;
  const used = new Set(blobsOf(next));
  return blobsOf(before).filter((sha256) => !used.has(sha256));
}

const devicesKey = ({ devices, siteIdentity }: PublishDependencies): string =>
  createHash('sha256')
    .update([siteIdentity.recipient, ...[...devices].sort()].join('\n'))
    .digest('hex');

async function envelopeOf(
  dependencies: PublishDependencies,
  before: PublishedState | undefined,
  blobs: BlobWriter,
): Promise<Blob> {
  const { out, encrypt, devices, siteIdentity } = dependencies;
  if (
    before?.devices === devicesKey(dependencies) &&
    (await out.has(blobPath(before.envelope[0]), before.envelope[1]))
  )
    return before.envelope;
  return blobs.put(await encrypt([...devices].sort(), Buffer.from(siteIdentity.secret)), MAX_ENVELOPE);
}

/** The same content keeps its number. */
async function serialOf(
  { folder, site }: PublishDependencies,
  content: Omit<Parameters<typeof encodeManifest>[0], 'serial'>,
  before: number,
): Promise<number> {
  const role = await newest(folder, siteRole(site));
  if (role === undefined || before === 0) return before + 1;
  const same = targetFileOf(manifestTarget(site), encodeManifest({ ...content, serial: before }));
  return role.toString('utf8').includes(same.hashes.sha256 ?? ' ') ? before : before + 1;
}
