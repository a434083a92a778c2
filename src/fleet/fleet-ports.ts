/** Ports of publishing, sync and model rollouts. */
import type { BadgeId, ModelDigest, PersonId } from '../base/ids.js';
import type { WallTime } from '../base/units.js';
import type { Examined, PairPhoto } from './releases/release-examination.js';
import type { Release } from './releases/rollout-plan.js';
import type { RolloutProgress } from './releases/rollout-state.js';
import type { PublishedPerson, ReceivedPerson } from './segments/segment.js';
import type { InFormat } from './segments/segment-format.js';
import type { GalleryFreshness, TrustedVersions } from './tuf/trusted-versions.js';

/** A repository that can be read: a web server, an object store, or a folder on a stick. */
export interface FleetSource {
  /**
   * All bytes of one file. Bounded in size and time.
   * @param path below the repository, with slashes.
   * @param begun where an earlier try broke off: a source that can goes on from there. What comes is handed to it.
   * @returns undefined when there is no such file.
   * @throws TwinstileError 'fleet-unreachable', 'fleet-refused' when there are more than `most` bytes, or 'stopped'.
   */
  fetch(
    path: string,
    most: number,
    signal?: AbortSignal,
    begun?: PartialDownload,
  ): Promise<Buffer | undefined>;
  close(): Promise<void>;
}

/** What is remembered of a repository between two cycles. */
export interface StoredTrust {
  /** 'root', 'timestamp', 'snapshot', 'targets' and delegated roles. Not trusted before they are verified again. */
  readonly pieces: ReadonlyMap<string, Buffer>;
  readonly trustedVersions: TrustedVersions;
  /** The largest time that was ever signed. */
  readonly trustedTime: WallTime;
  readonly freshness?: GalleryFreshness;
}

export interface TrustStore {
  load(): Promise<StoredTrust>;
  /** All of it or nothing; never lowers the floor of time. */
  save(trust: StoredTrust): Promise<void>;
}

/** What of the published gallery is in the tables. */
export interface AppliedGallery {
  readonly serial: number;
  /** SHA-256 of the manifest. */
  readonly manifest: string;
  readonly bits: number;
  /** SHA-256 of each segment index, in their order. */
  readonly segmentIndexes: readonly string[];
  /** SHA-256 of the encrypted segment of each shard; missing ones are empty. */
  readonly segments: ReadonlyMap<number, string>;
}

export interface GalleryUpdate extends AppliedGallery {
  readonly revokedThrough: number;
  readonly trust: StoredTrust;
  /** Records that are not taken, of the buckets that are replaced. */
  readonly leftOut: readonly LeftOut[];
  /** Of the records that are not taken: they belong to people of the fleet, so none is a visitor's. */
  readonly leftOutBadges?: readonly string[];
}

/** A record of a published gallery that is not in the one here: its person is not let in by it. */
export interface LeftOut {
  readonly kind: 'person' | 'badge';
  readonly bucket: number;
  /** Without an id or a name: it goes into logs. */
  readonly why: string;
}

export interface UpdateSummary {
  readonly put: number;
  readonly removed: number;
  /** Everything that is left out now, of this version and of earlier ones. */
  readonly leftOut: readonly LeftOut[];
}

/** Badges and people that stop matching before the next version is here. */
export interface Revocation {
  readonly serial: number;
  readonly people: readonly PersonId[];
  readonly badges: readonly BadgeId[];
}

/** A new gallery on its way in: invisible to readers before `apply`, and gone when the process ends. */
export interface GalleryIntake {
  /** Replaces the people of a shard. Each shard once; several at a time. */
  put(bucket: number, people: readonly ReceivedPerson[]): Promise<void>;
  /** People, badges, templates and trusted metadata in one transaction. Once. @throws TwinstileError 'fleet-refused'. */
  apply(update: GalleryUpdate): Promise<UpdateSummary>;
  /** Frees the storage, applied or not. */
  close(): Promise<void>;
}

/** The device's side of the gallery. */
export interface FleetGallery extends TrustStore {
  applied(): Promise<AppliedGallery | undefined>;
  /** Prepares to receive a new gallery; one at a time. @param bits it has 2^bits shards. */
  receive(bits: number): Promise<GalleryIntake>;
  /** @returns false when a published version contains it already, or all of it was taken before. */
  revoke(revocation: Revocation): Promise<boolean>;
}

/** Opens what was encrypted to this device or site. */
export interface Opener {
  /** @throws TwinstileError 'fleet-refused' when it was not encrypted to this key, or was changed. */
  open(bytes: Uint8Array): Promise<Uint8Array>;
}

/** The beginning of a file whose name is its hash: the complete file is verified by it. */
export interface PartialDownload {
  /** What is here of it. */
  readonly bytes: Buffer;
  /** The next piece, in order. Kept little by little, and as far as it came when the source stops. Never throws. */
  add(piece: Buffer): void;
  /** Drops what is stored: the source begins at the first byte again, or all of it has come. */
  restart(): void;
  /** No more pieces come. Resolves when what came is kept. */
  end(): Promise<void>;
}

/** Finished downloads that are not yet in use, kept so that an interrupted cycle goes on where it was. */
export interface BlobStore {
  get(sha256: string): Promise<Buffer | undefined>;
  put(sha256: string, bytes: Uint8Array): Promise<void>;
  /** Absent where nothing is kept of a download that breaks off. */
  partial?(sha256: string): Promise<PartialDownload>;
  clear(): Promise<void>;
}

/** The registrar's side: who is to be published. */
export interface PublishSource {
  /**
   * Runs `work` on one consistent snapshot of people, notes of changes and revocations: later writes are in the next one.
   * A publish signs them as one statement.
   */
  snapshot<T>(work: (seen: PublishSnapshot) => Promise<T>): Promise<T>;
  /** Changes up to `mark` are out. */
  published(mark: number): Promise<void>;
}

export interface PublishSnapshot {
  /** All people who are not revoked, in the order of their ids. */
  readonly ids: readonly PersonId[];
  readonly changes: NotedChanges;
  /** Number of the newest revocation; 0 for none. None of `ids` was revoked up to it. */
  readonly revokedThrough: number;
  /** Not to be called after `work` has ended. */
  read(people: readonly PersonId[]): Promise<readonly PublishedPerson[]>;
}

/** Whose rows changed after `since`, up to and including `mark`; what changed before is noted nowhere any more. */
export interface NotedChanges {
  readonly since: number;
  readonly mark: number;
  readonly people: readonly PersonId[];
}

/** The repository as it is written. */
export interface RepositoryWriter {
  /** Whether a file of this size is there. */
  has(path: string, size: number): Promise<boolean>;
  /** As a whole or not at all; nothing is written when the same bytes are there. */
  put(path: string, bytes: Uint8Array): Promise<void>;
  /** Everything that was put is durable. */
  flush(): Promise<void>;
}

/** What the registrar stores of what it published: `segments[shard]` is [SHA-256 of the plain bytes, encrypted blob]. */
export interface PublishedState extends InFormat {
  readonly recipient: string;
  readonly bits: number;
  readonly serial: number;
  /** Of the newest change that is in it; absent from versions that did not record it. */
  readonly mark?: number | undefined;
  readonly segments: Readonly<Record<string, readonly [plain: string, sha256: string, bytes: number]>>;
  /** Shards from which a record was left out. */
  readonly unsound?: readonly number[] | undefined;
  /** For which devices the envelope was made. */
  readonly devices: string;
  readonly envelope: readonly [sha256: string, bytes: number];
  readonly shelves: readonly string[];
  /** Blobs of the version before that this one has no use for: boxes in the middle of a cycle still ask for them. */
  readonly dropped: readonly string[];
}

/** The registrar's own copy of the metadata: write access to the web server's folder changes nothing here. */
export interface MetadataStore {
  /** File names: "1.root.json", "timestamp.json", "4.snapshot.json", … */
  list(): Promise<readonly string[]>;
  read(name: string): Promise<Buffer>;
  write(name: string, bytes: Uint8Array): Promise<void>;
}

/** Rollout progress of this device, stored with the gallery. */
export interface RolloutStore {
  load(): Promise<RolloutProgress>;
  /** In one transaction: no other change comes between. @returns what is stored then. */
  change(step: (progress: RolloutProgress) => RolloutProgress): Promise<RolloutProgress>;
  /** Of those who can be recognised with one encoder: how many they are, and who could not be with another. */
  coverage(
    from: ModelDigest,
    to: ModelDigest,
  ): Promise<{ readonly people: number; readonly without: readonly PersonId[] }>;
}

/** Lets a pack's networks look at photographs, in a process of its own. */
export interface PackExaminer {
  /** @throws TwinstileError when the networks cannot be loaded or the process does not survive it. */
  examine(pack: string, photos: readonly PairPhoto[], signal?: AbortSignal): Promise<Examined>;
}

/** What the registrar remembers of the releases of a site. */
export interface ReleasesState {
  readonly serial: number;
  /** The largest number that was ever given. */
  readonly last: number;
  readonly releases: readonly {
    readonly release: Release;
    /** SHA-256 over everything that makes it this release. */
    readonly key: string;
    /** SHA-256 of every blob that devices fetch for it. */
    readonly blobs: readonly string[];
    /** Of the site, when the photographs were encrypted. */
    readonly recipient: string;
  }[];
}
