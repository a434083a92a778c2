/** From the registrar's people to a repository that any web server can hand out: only what changed is written. */
import { createHash } from 'node:crypto';
import { TwinstileError } from '../../base/errors.js';
import type { PersonId } from '../../base/ids.js';
import { bitsFor, hashSlotOf, segmentIndexBitsOf, shardAt } from '../../records/people/shard.js';
import type {
  NotedChanges,
  PublishedState,
  PublishSnapshot,
  PublishSource,
  RepositoryWriter,
} from '../fleet-ports.js';
import {
  type Blob,
  blobPath,
  encodeManifest,
  encodeSegmentIndex,
  MAX_ENVELOPE,
  MAX_SEGMENT,
  MAX_SEGMENT_INDEX,
  manifestTarget,
  siteRole,
} from '../segments/manifest.js';
import { encodeSegment } from '../segments/segment.js';
import { type Signer, targetFileOf } from '../tuf/signing.js';
import { distributeMetadata, withTarget } from './distribute-blobs.js';
import { type DamagedTemplates, damagedAmong, publishableAmong, type Unpublishable } from './publishable.js';
import { newest, noRoot, type SigningDependencies, signSnapshot, signTargets } from './sign-metadata.js';

export interface PublishDependencies extends SigningDependencies {
  readonly site: string;
  readonly people: PublishSource;
  readonly out: RepositoryWriter;
  readonly state: {
    load(): Promise<PublishedState | undefined>;
    save(state: PublishedState): Promise<void>;
  };
  readonly siteSigners: readonly Signer[];
  /** The site's own identity, which opens the segments; it lies in the envelope. */
  readonly siteIdentity: { readonly secret: string; readonly recipient: string };
  /** Recipients of the devices that may read. */
  readonly devices: readonly string[];
  readonly encrypt: (recipients: readonly string[], plain: Uint8Array) => Promise<Uint8Array>;
  /** Look at everybody, whatever is known of changes. */
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
  /** Whether devices will notice anything. */
  readonly changed: boolean;
  /** Who is not in it, because boxes would refuse the record: whoever it is about is let in nowhere. */
  readonly leftOut: readonly Unpublishable[];
  /** Whose templates are damaged: these are not in it. */
  readonly damaged: readonly DamagedTemplates[];
}

/** @throws TwinstileError 'key-unusable', and what the ports throw; the repository stays whole then. */
export async function publishGallery(dependencies: PublishDependencies): Promise<PublishSummary> {
  const { people, state } = dependencies;
  if ((await newest(dependencies.folder, 'root')) === undefined) throw noRoot();
  const before = await state.load();
  // Who is in it, and up to which revocation it holds, are signed together: so they are read together.
  const version = await people.snapshot((seen) => writeVersion(dependencies, before, seen));
  const serial = await signManifest(dependencies, before, version);
  const changed = await signSnapshot(dependencies);
  await distributeMetadata(dependencies);
  await people.published(version.mark);
  const { bytes, written, leftOut, damaged } = version;
  return {
    serial,
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
interface Version extends Pick<PublishSummary, 'people' | 'written' | 'bytes' | 'leftOut' | 'damaged'> {
  readonly bits: number;
  readonly mark: number;
  readonly segments: PublishedState['segments'];
  /** Buckets with somebody who is left out, or whose templates are damaged: they are read anew each time. */
  readonly unsound: readonly number[];
  readonly envelope: Blob;
  readonly shelves: readonly Blob[];
  readonly revokedThrough: number;
}

/** Writes the segments that changed, and what lists them; nothing names them yet. */
async function writeVersion(
  dependencies: PublishDependencies,
  before: PublishedState | undefined,
  seen: PublishSnapshot,
): Promise<Version> {
  const { out, siteIdentity } = dependencies;
  const { recipient } = siteIdentity;
  const bits = bitsFor(seen.ids.length, before?.bits);
  const buckets = bucketsOf(seen.ids, bits);
  const isComparable = before?.bits === bits && before.recipient === recipient;
  const dirty =
    dependencies.full === true || !isComparable ? undefined : dirtyBuckets(seen.changes, before, bits);
  let written = 0;
  let bytes = 0;
  const put = async (content: Uint8Array, most: number): Promise<Blob> => {
    if (content.length > most) throw tooLarge(content.length, most);
    const blob: Blob = [createHash('sha256').update(content).digest('hex'), content.length];
    await out.put(blobPath(blob[0]), content);
    bytes += content.length;
    return blob;
  };
  const segments: Record<string, readonly [string, string, number]> = {};
  const unsound: number[] = [];
  const leftOut: Unpublishable[] = [];
  const damaged: DamagedTemplates[] = [];
  let done = 0;
  for (let bucket = 0; bucket < 2 ** bits; bucket += 1) {
    const members = buckets.get(bucket) ?? [];
    if (members.length === 0) continue;
    done += members.length;
    dependencies.onProgress?.(done, seen.ids.length);
    const kept = isComparable ? before.segments[bucket] : undefined;
    const isThere = kept !== undefined && (await out.has(blobPath(kept[1]), kept[2]));
    if (isThere && dirty?.has(bucket) === false) {
      segments[bucket] = kept;
      continue;
    }
    const read = await seen.read(members);
    const { people, refused } = publishableAmong(read);
    const torn = damagedAmong(read);
    if (refused.length + torn.length > 0) unsound.push(bucket);
    damaged.push(...torn);
    leftOut.push(...refused);
    if (people.length === 0) continue;
    const plain = encodeSegment(people);
    const digest = createHash('sha256').update(plain).digest('hex');
    if (isThere && kept[0] === digest) {
      segments[bucket] = kept;
      continue;
    }
    const [sha256, size] = await put(await dependencies.encrypt([recipient], plain), MAX_SEGMENT);
    segments[bucket] = [digest, sha256, size];
    written += 1;
  }
  const envelope = await envelopeOf(dependencies, before, put);
  const shelves = await putShelves(segments, bits, put);
  return {
    bits,
    mark: seen.changes.mark,
    segments,
    envelope,
    shelves,
    revokedThrough: seen.revokedThrough,
    unsound,
    people: seen.ids.length - leftOut.length,
    written,
    bytes,
    leftOut,
    damaged,
  };
}

/** Gives the version its number, and signs it. @returns the number. */
async function signManifest(
  dependencies: PublishDependencies,
  before: PublishedState | undefined,
  { bits, mark, segments, unsound, envelope, shelves, revokedThrough }: Version,
): Promise<number> {
  const { out, site } = dependencies;
  const content = { site, bits, shelves: [...shelves], envelope, revoked_through: revokedThrough };
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
    segments,
    unsound,
    devices: devicesKey(dependencies),
    envelope,
    shelves: shelves.map(([sha256]) => sha256),
  };
  await dependencies.state.save({ ...next, dropped: droppedBy(next, before) });
  await signTargets(
    dependencies,
    siteRole(site),
    dependencies.siteSigners,
    dependencies.lifetimes.site,
    (old) => withTarget(old, target),
  );
  return serial;
}

/** @returns undefined when notes are missing of what changed since: another office published, or the database was restored. */
function dirtyBuckets(
  { since, mark, people }: NotedChanges,
  before: PublishedState,
  bits: number,
): ReadonlySet<number> | undefined {
  if (before.mark === undefined || !(since <= before.mark && before.mark <= mark)) return undefined;
  return new Set([...people.map((id) => shardAt(hashSlotOf(id), bits)), ...(before.unsound ?? [])]);
}

async function putShelves(
  segments: PublishedState['segments'],
  bits: number,
  put: (content: Uint8Array, most: number) => Promise<Blob>,
): Promise<readonly Blob[]> {
  const shelves: Blob[] = [];
  const perShelf = 2 ** segmentIndexBitsOf(bits);
  for (let first = 0; first < 2 ** bits; first += perShelf) {
    const row = Array.from({ length: perShelf }, (_, offset) => {
      const segment = segments[first + offset];
      return segment === undefined ? null : ([segment[1], segment[2]] as const);
    });
    shelves.push(await put(encodeSegmentIndex(row), MAX_SEGMENT_INDEX));
  }
  return shelves;
}

const tooLarge = (bytes: number, most: number): TwinstileError =>
  new TwinstileError({
    code: 'enrolment-refused',
    message: `Expected parts of a gallery of up to ${most} bytes, got one of ${bytes}: every box would refuse it.`,
    hint: 'Remove photographs of those who have the most, or devices that are gone; what was published before is whole.',
  });

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

function bucketsOf(ids: readonly PersonId[], bits: number): ReadonlyMap<number, readonly PersonId[]> {
  const buckets = new Map<number, PersonId[]>();
  for (const id of ids) {
    const bucket = shardAt(hashSlotOf(id), bits);
    const members = buckets.get(bucket);
    if (members === undefined) buckets.set(bucket, [id]);
    else members.push(id);
  }
  return buckets;
}

const devicesKey = ({ devices, siteIdentity }: PublishDependencies): string =>
  createHash('sha256')
    .update([siteIdentity.recipient, ...[...devices].sort()].join('\n'))
    .digest('hex');

async function envelopeOf(
  dependencies: PublishDependencies,
  before: PublishedState | undefined,
  put: (content: Uint8Array, most: number) => Promise<Blob>,
): Promise<Blob> {
  const { out, encrypt, devices, siteIdentity } = dependencies;
  if (
    before?.devices === devicesKey(dependencies) &&
    (await out.has(blobPath(before.envelope[0]), before.envelope[1]))
  )
    return before.envelope;
  return put(await encrypt([...devices].sort(), Buffer.from(siteIdentity.secret)), MAX_ENVELOPE);
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
