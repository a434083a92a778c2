/** Writes the segments of a version that changed, of the people who can be published, and the indexes that list them. */
import { createHash } from 'node:crypto';
import { explain, TwinstileError } from '../../base/errors.js';
import type { PersonId } from '../../base/ids.js';
import { problemsOfRecord } from '../../records/people/record-rules.js';
import { hashSlotOf, segmentIndexBitsOf, shardAt } from '../../records/people/shard.js';
import type { NotedChanges, PublishedState, PublishSnapshot, RepositoryWriter } from '../fleet-ports.js';
import {
  type Blob,
  blobPath,
  encodeSegmentIndex,
  MAX_SEGMENT,
  MAX_SEGMENT_INDEX,
} from '../segments/manifest.js';
import { encodeSegment, type PublishedPerson, readSegment } from '../segments/segment.js';
import { formatBefore, NEWEST_SEGMENT_FORMAT, type SegmentFormat } from '../segments/segment-format.js';
import { problemOfPerson } from '../segments/segment-validation.js';

type PublishedSegment = PublishedState['segments'][string];

/** Writes blobs under their hashes, and counts their bytes. */
export class BlobWriter {
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

interface SegmentDependencies {
  readonly out: RepositoryWriter;
  readonly siteIdentity: { readonly recipient: string };
  readonly encrypt: (recipients: readonly string[], plain: Uint8Array) => Promise<Uint8Array>;
  /** Reads all people, whatever is noted of changes. */
  readonly full?: boolean;
  readonly onProgress?: (done: number, total: number) => void;
}

interface SegmentWork {
  readonly bits: number;
  readonly format: SegmentFormat;
  /** The version before, when its segments have the same shards and the same recipient. */
  readonly previous: PublishedState | undefined;
  readonly snapshot: PublishSnapshot;
  readonly blobs: BlobWriter;
}

export interface WrittenSegments {
  readonly segments: PublishedState['segments'];
  /** Shards with a person who is left out, or with damaged templates: they are read again each time. */
  readonly unsound: readonly number[];
  /** Segments that were written. */
  readonly written: number;
  readonly leftOut: readonly Unpublishable[];
  readonly damaged: readonly DamagedTemplates[];
}

export async function writeSegments(
  dependencies: SegmentDependencies,
  work: SegmentWork,
): Promise<WrittenSegments> {
  const { bits, format, previous, snapshot } = work;
  const members = membersOfShards(snapshot.ids, bits);
  const changed =
    dependencies.full === true || previous === undefined || formatBefore(previous) !== format
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
  { encrypt, siteIdentity }: SegmentDependencies,
  { snapshot, blobs, format }: SegmentWork,
  ids: readonly PersonId[],
  stored: PublishedSegment | undefined,
) {
  const read = await snapshot.read(ids);
  const { people, refused: leftOut } = publishableAmong(read, format);
  const damaged = damagedAmong(read);
  if (people.length === 0) return { segment: undefined, leftOut, damaged };
  const plain = encodeSegment(people, format);
  const digest = createHash('sha256').update(plain).digest('hex');
  if (stored?.[0] === digest) return { segment: stored, leftOut, damaged };
  const [sha256, size] = await blobs.put(await encrypt([siteIdentity.recipient], plain), MAX_SEGMENT);
  return { segment: [digest, sha256, size] as const, leftOut, damaged };
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

export async function writeSegmentIndexes(
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

export interface Unpublishable {
  readonly person: PersonId;
  /** "Expected X, got Y". */
  readonly why: string;
}

export interface DamagedTemplates {
  readonly person: PersonId;
  /** How many, 1 or more. */
  readonly templates: number;
}

interface Publishable {
  readonly people: readonly PublishedPerson[];
  readonly refused: readonly Unpublishable[];
}

/** Which people can be published? Asked of the very bytes that boxes would read, so that no registrar signs what they refuse. */
export function publishableAmong(
  people: readonly PublishedPerson[],
  format: SegmentFormat = NEWEST_SEGMENT_FORMAT,
): Publishable {
  const good: PublishedPerson[] = [];
  const refused: Unpublishable[] = [];
  for (const one of people) {
    const why = problemOf(one, format);
    if (why === undefined) good.push(one);
    else refused.push({ person: one.person.id, why });
  }
  return { people: good, refused };
}

const damagedAmong = (people: readonly PublishedPerson[]): readonly DamagedTemplates[] =>
  people.flatMap(({ person, damaged = 0 }) =>
    damaged > 0 ? [{ person: person.id, templates: damaged }] : [],
  );

function problemOf(one: PublishedPerson, format: SegmentFormat): string | undefined {
  const why = refusalOf(one, format);
  if (why === undefined) return undefined;
  const { person, badges, templates } = one;
  return problemsOfRecord({ person, badges, templates: templates.length })[0]?.text ?? why;
}

function refusalOf(one: PublishedPerson, format: SegmentFormat): string | undefined {
  try {
    const { people, refused } = readSegment(encodeSegment([one], format));
    const [person] = people;
    return person === undefined ? refused[0]?.why : problemOfPerson(person);
  } catch (error) {
    return explain(error);
  }
}
