/** Publishes the registrar's people into a repository that any web server can serve; writes only what changed. */
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
import { distributeMetadata, withTarget } from './distribute-metadata.js';
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

type PublishedSegment = PublishedState['segments'][string];

/** A version on disk, before it has a number and a signature. */
interface Version extends Pick<PublishSummary, 'people' | 'written' | 'bytes' | 'leftOut' | 'damaged'> {
  readonly bits: number;
  readonly mark: number;
  readonly segments: PublishedState['segments'];
  /** Shards with a person who is left out, or with damaged templates: they are read again each time. */
  readonly unsound: readonly number[];
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
  const blobs = new BlobWriter(dependencies.out);
  const written = await writeSegments(dependencies, { bits, previous, snapshot, blobs });
  const envelope = await envelopeOf(dependencies, before, blobs);
  const segmentIndexes = await writeSegmentIndexes(written.segments, bits, blobs);
  return {
    ...written,
    bits,
    mark: snapshot.changes.mark,
    envelope,
    segmentIndexes,
    revokedThrough: snapshot.revokedThrough,
    people: snapshot.ids.length - written.leftOut.length,
    bytes: blobs.bytes,
  };
}

/** Writes blobs under their hashes, and counts their bytes. */
class BlobWriter {
  readonly #out: RepositoryWriter;
  bytes = 0;

  constructor(out: RepositoryWriter) {
    this.#out = out;
  }

  /** @throws TwinstileError 'enrolment-refused' for more than `maxBytes`. */
  async put(content: Uint8Array, maxBytes: number): Promise<Blob> {
    if (content.length > maxBytes) throw tooLarge(content.length, maxBytes);
    const blob: Blob = [createHash('sha256').update(content).digest('hex'), content.length];
    await this.#out.put(blobPath(blob[0]), content);
    this.bytes += content.length;
    return blob;
  }
}

interface SegmentWork {
  readonly bits: number;
  /** The version before, when its segments have the same shards and the same recipient. */
  readonly previous: PublishedState | undefined;
  readonly snapshot: PublishSnapshot;
  readonly blobs: BlobWriter;
}

type WrittenSegments = Pick<Version, 'segments' | 'unsound' | 'written' | 'leftOut' | 'damaged'>;

async function writeSegments(dependencies: PublishDependencies, work: SegmentWork): Promise<WrittenSegments> {
  const { bits, previous, snapshot } = work;
  const members = membersOfShards(snapshot.ids, bits);
  const changed =
    dependencies.full === true || previous === undefined
      ? undefined
      : changedShards(snapshot.changes, previous, bits);
  const segments: Record<string, PublishedSegment> = {};
  const unsound: number[] = [];
  const leftOut: Unpublishable[] = [];
  const damaged: DamagedTemplates[] = [];
  let written = 0;
  let done = 0;
  for (let shard = 0; shard < 2 ** bits; shard += 1) {
    const ids = members.get(shard) ?? [];
    if (ids.length === 0) continue;
    done += ids.length;
    dependencies.onProgress?.(done, snapshot.ids.length);
    const stored = await storedSegment(dependencies.out, previous?.segments[shard]);
    if (stored !== undefined && changed?.has(shard) === false) {
      segments[shard] = stored;
      continue;
    }
    const result = await writeSegment(dependencies, work, ids, stored);
    if (result.leftOut.length + result.damaged.length > 0) unsound.push(shard);
    leftOut.push(...result.leftOut);
    damaged.push(...result.damaged);
    if (result.segment === undefined) continue;
    segments[shard] = result.segment;
    if (result.segment !== stored) written += 1;
  }
  return { segments, unsound, written, leftOut, damaged };
}

/** @returns the segment of the version before, when its blob is in the repository. */
async function storedSegment(
  out: RepositoryWriter,
  segment: PublishedSegment | undefined,
): Promise<PublishedSegment | undefined> {
  return segment !== undefined && (await out.has(blobPath(segment[1]), segment[2])) ? segment : undefined;
}

/** @returns no segment for a shard without a publishable person; `stored` itself when the content is the same. */
async function writeSegment(
  { encrypt, siteIdentity }: PublishDependencies,
  { snapshot, blobs }: SegmentWork,
  ids: readonly PersonId[],
  stored: PublishedSegment | undefined,
) {
  const read = await snapshot.read(ids);
  const { people, refused: leftOut } = publishableAmong(read);
  const damaged = damagedAmong(read);
  if (people.length === 0) return { segment: undefined, leftOut, damaged };
  const plain = encodeSegment(people);
  const digest = createHash('sha256').update(plain).digest('hex');
  if (stored?.[0] === digest) return { segment: stored, leftOut, damaged };
  const [sha256, size] = await blobs.put(await encrypt([siteIdentity.recipient], plain), MAX_SEGMENT);
  return { segment: [digest, sha256, size] as const, leftOut, damaged };
}

/** Gives the version its number, and signs it. @returns the number. */
async function signManifest(
  dependencies: PublishDependencies,
  before: PublishedState | undefined,
  { bits, mark, segments, unsound, envelope, segmentIndexes, revokedThrough }: Version,
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

/** @returns undefined when notes are missing of what changed since: another office published, or the database was restored. */
function changedShards(
  { since, mark, people }: NotedChanges,
  before: PublishedState,
  bits: number,
): ReadonlySet<number> | undefined {
  if (before.mark === undefined || !(since <= before.mark && before.mark <= mark)) return undefined;
  return new Set([...people.map((id) => shardAt(hashSlotOf(id), bits)), ...(before.unsound ?? [])]);
}

async function writeSegmentIndexes(
  segments: PublishedState['segments'],
  bits: number,
  blobs: BlobWriter,
): Promise<readonly Blob[]> {
  const indexes: Blob[] = [];
  const perIndex = 2 ** segmentIndexBitsOf(bits);
  for (let first = 0; first < 2 ** bits; first += perIndex) {
    const row = Array.from({ length: perIndex }, (_, offset) => {
      const segment = segments[first + offset];
      return segment === undefined ? null : ([segment[1], segment[2]] as const);
    });
    indexes.push(await blobs.put(encodeSegmentIndex(row), MAX_SEGMENT_INDEX));
  }
  return indexes;
}

const tooLarge = (bytes: number, maxBytes: number): TwinstileError =>
  new TwinstileError({
    code: 'enrolment-refused',
    message: `Expected parts of a gallery of up to ${maxBytes} bytes, got one of ${bytes}: every box would refuse it.`,
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

function membersOfShards(ids: readonly PersonId[], bits: number): ReadonlyMap<number, readonly PersonId[]> {
  const shards = new Map<number, PersonId[]>();
  for (const id of ids) {
    const shard = shardAt(hashSlotOf(id), bits);
    const members = shards.get(shard);
    if (members === undefined) shards.set(shard, [id]);
    else members.push(id);
  }
  return shards;
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
