/** One sync cycle of a device: verify, fetch what differs, decrypt, validate every person, and only then apply all of it. */
import { createHash } from 'node:crypto';
import { setImmediate as otherWork } from 'node:timers/promises';
import type { WallTime } from '../../base/units.js';
import { segmentIndexBitsOf } from '../../records/people/shard.js';
import type {
  AppliedGallery,
  BlobStore,
  FleetGallery,
  FleetSource,
  GalleryIntake,
  LeftOut,
  Opener,
  UpdateSummary,
} from '../fleet-ports.js';
import {
  type Blob,
  MAX_MANIFEST,
  type Manifest,
  manifestTarget,
  readManifest,
  readSegmentIndex,
} from '../segments/manifest.js';
import { type ReceivedPerson, readSegment } from '../segments/segment.js';
import { expectMostlyValid, type OwnVectors, validAmong } from '../segments/segment-validation.js';
import { refused } from '../tuf/refusal.js';
import type { Trusted } from '../tuf/trusted.js';
import { fetchBlob, fetchBlobs } from './fetch-blobs.js';
import { fetchTarget, findTarget } from './find-target.js';
import { refreshTrust, trustAfter } from './refresh-trust.js';

export interface SyncDependencies {
  readonly source: FleetSource;
  readonly gallery: FleetGallery;
  readonly kept: BlobStore;
  readonly site: string;
  readonly seedRoot: Uint8Array;
  /** The device's own key. */
  readonly device: Opener;
  /** @param identity of the site, as it came out of the envelope. */
  readonly openerOf: (identity: string) => Opener;
  readonly own: OwnVectors;
  readonly clock: () => WallTime;
  readonly onRepair?: (detail: string) => void;
}

export type SyncResult =
  | { readonly result: 'unchanged'; readonly serial: number }
  | ({ readonly result: 'applied'; readonly serial: number; readonly segments: number } & UpdateSummary);

/** An encrypted gallery of ten million people; a larger one is an attack. */
const MAX_BYTES = 20e9;

/**
 * @throws TwinstileError 'fleet-refused' | 'fleet-expired' | 'fleet-unreachable' | 'stopped' | 'gallery-unusable': nothing
 * of the gallery has changed then.
 */
export async function syncGallery(dependencies: SyncDependencies, signal?: AbortSignal): Promise<SyncResult> {
  const { source, gallery, kept, site } = dependencies;
  const refresh = { ...dependencies, store: gallery, folder: 'metadata/', clock: dependencies.clock() };
  const found = await findTarget(refresh, await refreshTrust(refresh, signal), manifestTarget(site), signal);
  if (found === undefined) throw refused(`a gallery of site ${site} in the repository`, 'none');
  const { trusted, target } = found;
  if (target.length > MAX_MANIFEST) throw refused('a manifest of up to 1 MB', `${target.length} bytes`);
  const applied = await gallery.applied();
  if (applied !== undefined && target.hashes.sha256 === applied.manifest)
    return { result: 'unchanged', serial: applied.serial };
  const bytes = await fetchTarget({ source, folder: 'targets/' }, trusted, target, signal);
  const manifest = readManifest(bytes, site);
  if (applied !== undefined && manifest.serial <= applied.serial)
    throw refused(`gallery ${applied.serial + 1} or newer`, `${manifest.serial}`);
  const segments = await segmentsOf(dependencies, manifest, applied, signal);
  const intake = await gallery.receive(manifest.bits);
  try {
    const { replaced, leftOut, leftOutBadges } = await fetchChanged(
      { ...dependencies, intake, signal },
      manifest,
      segments,
      applied,
    );
    const sum = await intake.apply({
      serial: manifest.serial,
      manifest: createHash('sha256').update(bytes).digest('hex'),
      bits: manifest.bits,
      segmentIndexes: manifest.shelves.map(([sha256]) => sha256),
      segments: new Map([...segments].map(([shard, [sha256]]) => [shard, sha256])),
      revokedThrough: manifest.revoked_through,
      trust: await finalTrust(gallery, trusted),
      leftOut,
      leftOutBadges,
    });
    await kept.clear();
    return { result: 'applied', serial: manifest.serial, segments: replaced, ...sum };
  } finally {
    await intake.close();
  }
}

const finalTrust = async (gallery: FleetGallery, trusted: Trusted) =>
  trustAfter(trusted, await gallery.load());

/** All segments that the manifest leads to; empty ones are missing. */
async function segmentsOf(
  { source, kept }: SyncDependencies,
  { bits, shelves: indexes }: Manifest,
  applied: AppliedGallery | undefined,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<number, Blob>> {
  const segmentsPerIndex = 2 ** segmentIndexBitsOf(bits);
  if (indexes.length * segmentsPerIndex !== 2 ** bits)
    throw refused(`${2 ** bits / segmentsPerIndex} shelves`, `${indexes.length}`);
  const segments = new Map<number, Blob>();
  let total = 0;
  // Segments of an index that has not changed are known here.
  const isKnown = ([sha256]: Blob, place: number): boolean =>
    applied?.bits === bits && applied.segmentIndexes[place] === sha256;
  for (const [shard, sha256] of applied?.segments ?? []) {
    const place = Math.floor(shard / segmentsPerIndex);
    const index = indexes[place];
    if (index !== undefined && isKnown(index, place)) segments.set(shard, [sha256, 0]);
  }
  await fetchBlobs(
    { source, kept },
    indexes.flatMap((blob, place) => (isKnown(blob, place) ? [] : [[place, blob] as const])),
    async (place, bytes) => {
      for (const [offset, blob] of readSegmentIndex(bytes, segmentsPerIndex).segments.entries()) {
        if (blob === null) continue;
        segments.set(place * segmentsPerIndex + offset, blob);
        total += blob[1];
      }
    },
    signal,
  );
  if (total > MAX_BYTES) throw refused(`a gallery of up to ${MAX_BYTES} bytes`, `${total}`);
  return segments;
}

interface Changed {
  /** How many buckets are replaced. */
  readonly replaced: number;
  readonly leftOut: readonly LeftOut[];
  readonly leftOutBadges: readonly string[];
}

interface FetchContext {
  readonly intake: GalleryIntake;
  readonly signal: AbortSignal | undefined;
}

/** Also those that are empty now and were not. @throws TwinstileError 'fleet-refused' when most records are bad. */
async function fetchChanged(
  dependencies: SyncDependencies & FetchContext,
  { bits, envelope }: Manifest,
  segments: ReadonlyMap<number, Blob>,
  applied: AppliedGallery | undefined,
): Promise<Changed> {
  const { intake, signal } = dependencies;
  let replaced = 0;
  let taken = 0;
  const leftOut: LeftOut[] = [];
  const leftOutBadges: string[] = [];
  const put = async (shard: number, people: readonly ReceivedPerson[]): Promise<void> => {
    replaced += 1;
    await intake.put(shard, people);
  };
  const before = applied?.bits === bits ? applied.segments : undefined;
  for (let shard = 0; shard < 2 ** bits; shard += 1)
    if (!segments.has(shard) && (before === undefined || before.has(shard))) await put(shard, []);
  const wanted = [...segments].filter(([shard, [sha256]]) => before?.get(shard) !== sha256);
  if (wanted.length === 0) return { replaced, leftOut, leftOutBadges };
  const opened = await dependencies.device.open(await fetchBlob(dependencies, envelope, signal));
  const opener = dependencies.openerOf(Buffer.from(opened).toString('utf8'));
  await fetchBlobs(
    dependencies,
    wanted,
    async (shard, bytes) => {
      const read = readSegment(await opener.open(bytes));
      const { people, refused: bad } = validAmong(read, dependencies.own, { shard, bits });
      taken += people.length;
      leftOutBadges.push(...bad.flatMap(({ badges = [] }) => badges));
      leftOut.push(...bad.map(({ why }) => ({ kind: 'person' as const, bucket: shard, why })));
      await put(shard, people);
      await otherWork();
    },
    signal,
  );
  expectMostlyValid(taken, leftOut);
  return { replaced, leftOut, leftOutBadges };
}
