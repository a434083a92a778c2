/** Gives the registrar's commands the fleet's folder, its keys, publishing, and changes that the journal records. */

import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { explain, TwinstileError } from '../../base/errors.js';
import { plural } from '../../base/plural.js';
import type { WallTime } from '../../base/units.js';
import type { MetadataStore, PublishedState } from '../../fleet/fleet-ports.js';
import { chooseFormat, type FormatChoice } from '../../fleet/publish/choose-format.js';
import { signersOf } from '../../fleet/publish/key-ceremony.js';
import { blobsOf, type PublishSummary, publishGallery } from '../../fleet/publish/publish-gallery.js';
import { openPublishSource } from '../../fleet/publish/publish-source.js';
import { LIFETIMES } from '../../fleet/publish/sign-metadata.js';
import { encryptTo } from '../../fleet/repository/age.js';
import { type NamedSigner, readSigners } from '../../fleet/repository/keyring.js';
import { type PendingAct, type PendingActs, pendingActs } from '../../fleet/repository/pending-acts.js';
import {
  metadataFolder,
  pruneBlobs,
  pruneMetadata,
  repositoryFolder,
} from '../../fleet/repository/repository-folder.js';
import { releasesFile, siteFiles } from '../../fleet/repository/site-files.js';
import {
  formatBefore,
  NEWEST_SEGMENT_FORMAT,
  type SegmentFormat,
} from '../../fleet/segments/segment-format.js';
import { type Act, type ActSource, recordAct, recordActIn } from '../../records/journal/act.js';
import { withFolderLock } from '../../records/sql/sqlite/folder-lock.js';
import type { Tables } from '../../records/sql-port.js';
import type { Config } from '../config/config-schema.js';
import { localActs } from './local-acts.js';
import { galleryKey, withTables } from './open-gallery.js';

export interface FleetOffice {
  readonly metadata: MetadataStore;
  /** Folder of the online keys, which sign every day. */
  readonly keys: string;
  /** The online keys and those in the folders given for offline keys. */
  signers(): Promise<readonly NamedSigner[]>;
}

/** @param offline folders or memory sticks with offline keys. */
export function openFleetOffice(fleet: string, offline: readonly string[] = []): FleetOffice {
  const keys = path.join(fleet, 'keys');
  return {
    metadata: metadataFolder(path.join(fleet, 'metadata')),
    keys,
    signers: async () => (await Promise.all([keys, ...offline].map(readSigners))).flat(),
  };
}

export const fleetFolder = ({ data_dir: data }: Pick<Config, 'data_dir'>): string => path.join(data, 'fleet');
export const siteOf = ({ gallery, site }: Config): string => gallery.fleet?.site ?? site;

export interface GalleryToPublish {
  readonly config: Config;
  readonly credentials: string | undefined;
  readonly fleet: string;
  readonly site: string;
  readonly out: string;
  readonly now: WallTime;
  readonly full?: boolean;
  /** Of the segments, whatever the boxes read; absent: by what they report. */
  readonly format?: SegmentFormat;
  /** Asks which format each box reads; absent: the format stays as it is. */
  readonly askFormats?: () => Promise<ReadonlyMap<string, number>>;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface PublishedGallery extends PublishSummary {
  /** Boxes that have not reported that they read the newest format of segments; none where nothing waits. */
  readonly waitsFor: readonly string[];
}

/**
 * Holds the folder's lock meanwhile, so that keys, devices and the site's identity are consistent.
 * @throws TwinstileError 'key-unusable' | 'bad-arguments' | 'gallery-locked' | 'gallery-unusable'.
 */
export function publishFrom(options: GalleryToPublish): Promise<PublishedGallery> {
  return withFolderLock(options.fleet, () => publishAlone(options));
}

async function formatFor(
  { format, askFormats }: GalleryToPublish,
  published: PublishedState | undefined,
  devices: readonly string[],
): Promise<FormatChoice> {
  const before = formatBefore(published);
  if (format !== undefined) return { format, waitsFor: [] };
  if (before === NEWEST_SEGMENT_FORMAT || askFormats === undefined) return { format: before, waitsFor: [] };
  return chooseFormat(before, devices, await askFormats());
}

async function publishAlone(options: GalleryToPublish): Promise<PublishedGallery> {
  const { config, site, now } = options;
  const office = openFleetOffice(options.fleet);
  const files = siteFiles(options.fleet, site);
  const signers = await office.signers();
  const named = await files.devices();
  const devices = Object.values(named);
  if (devices.length === 0)
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected a device that may read the gallery of ${site}, got none.`,
      hint: 'Add one with: twinstile gallery device add NAME RECIPIENT',
    });
  const key = await galleryKey(config, options.credentials);
  const { format, waitsFor } = await formatFor(options, await files.state.load(), Object.keys(named));
  const sum = await withTables(config, options.credentials, async (tables) => {
    // The chain records changes of keys and devices before boxes can receive them.
    await journalFleetActs(tables, pendingActs(options.fleet));
    const done = await publishGallery({
      folder: office.metadata,
      site,
      people: await openPublishSource(tables, key),
      out: repositoryFolder(options.out),
      state: files.state,
      siteSigners: await signersOf(office.metadata, signers, { site }),
      snapshot: await signersOf(office.metadata, signers, 'snapshot'),
      timestamp: await signersOf(office.metadata, signers, 'timestamp'),
      siteIdentity: await files.identity(),
      devices,
      encrypt: encryptTo,
      now,
      lifetimes: LIFETIMES,
      full: options.full,
      format,
      onProgress: options.onProgress,
    });
    if (done.changed)
      await recordAct(tables, localActs(), {
        act: 'gallery-published',
        site,
        serial: done.serial,
        people: done.people,
      });
    return done;
  });
  if (sum.changed) await pruneRepository(options);
  return { ...sum, waitsFor };
}

/** Sites share the folder: a blob is deleted when no site refers to it. */
export async function pruneRepository({
  fleet,
  out,
}: Pick<GalleryToPublish, 'fleet' | 'out'>): Promise<void> {
  const keep = new Set<string>();
  for (const site of await readdir(path.join(fleet, 'sites'))) {
    const state = await siteFiles(fleet, site).state.load();
    for (const sha256 of state === undefined ? [] : [...blobsOf(state), ...state.dropped]) keep.add(sha256);
    const models = await releasesFile(fleet, site).load();
    for (const { blobs } of models?.releases ?? []) for (const sha256 of blobs) keep.add(sha256);
  }
  await pruneBlobs(out, keep);
  await pruneMetadata(path.join(out, 'metadata'));
  await pruneMetadata(path.join(fleet, 'metadata'));
}

export interface FleetChange {
  /** The fleet's folder. */
  readonly fleet: string;
  /** The journal that takes the acts; absent: they wait in the folder. */
  readonly journal: Config | undefined;
  readonly credentials: string | undefined;
  readonly acts: ActSource;
  /** Receives one line about acts that wait. */
  readonly onWaiting: (line: string) => void;
}

/** An act that is recorded but not finished. */
interface BegunAct {
  /** @param facts known only after the work, such as the number of a release. */
  done(facts?: Readonly<Record<string, unknown>>): Promise<void>;
  /** Withdraws the act, when nothing was changed. */
  nothingChanged(): Promise<void>;
}

/** Records an act; to be called before the first file changes. */
export type Begin = (act: Act) => Promise<BegunAct>;

/**
 * Changes the fleet's folder so that the journal's chain records who did it. The order is: the act is recorded in the folder,
 * the files change, the act is marked as finished, and the chain takes it. If this is interrupted at any point, the act is in
 * the folder or in the chain, and the next command in this folder that has a journal takes it over, at the latest `gallery
 * publish`, without which no box receives a changed key or device.
 * Runs the work under the folder's lock. An act that it began and did not finish becomes a row as well, with
 * `finished: false`.
 * @throws TwinstileError 'gallery-unusable' when the folder is locked or cannot be written, and the work's errors.
 */
export function changeFleet<T>(change: FleetChange, work: (begin: Begin) => Promise<T>): Promise<T> {
  const { fleet, acts } = change;
  return withFolderLock(fleet, async () => {
    const waiting = pendingActs(fleet);
    try {
      return await work((act) => begin(waiting, acts, act));
    } finally {
      // The caller receives the error of the work.
      await settle(change, waiting).catch((error: unknown) => change.onWaiting(explain(error)));
    }
  });
}

async function begin(waiting: PendingActs, { actor, now }: ActSource, act: Act): Promise<BegunAct> {
  const begun: PendingAct = { id: randomUUID(), at: now(), actor, act, finished: false };
  await waiting.save([...(await waiting.load()), begun]);
  const put = async (...instead: readonly PendingAct[]): Promise<void> =>
    waiting.save([...(await waiting.load()).filter(({ id }) => id !== begun.id), ...instead]);
  return {
    done: (facts = {}) => put({ ...begun, act: { ...act, ...facts }, finished: true }),
    nothingChanged: () => put(),
  };
}

async function settle({ journal, credentials, onWaiting }: FleetChange, waiting: PendingActs): Promise<void> {
  const count = (await waiting.load()).length;
  if (count === 0) return;
  const later = `${plural(count, 'act waits', 'acts wait')} in ${waiting.file} and ${count === 1 ? 'enters' : 'enter'} the journal with the next command in this folder that has its configuration (--config), at the latest with: twinstile gallery publish`;
  if (journal === undefined) return onWaiting(later);
  try {
    await withTables(journal, credentials, (tables) => journalFleetActs(tables, waiting));
  } catch (error) {
    onWaiting(`The journal does not take it now: ${explain(error)}`);
    onWaiting(later);
  }
}

/** Moves the waiting acts into the chain, in one transaction and each act once. The caller must hold the folder's lock. */
export async function journalFleetActs(tables: Pick<Tables, 'write'>, waiting: PendingActs): Promise<void> {
  const acts = await waiting.load();
  if (acts.length === 0) return;
  await tables.write(async (sql) => {
    for (const { id, at, actor, act, finished } of acts) {
      const known = await sql.one("SELECT 1 FROM journal WHERE kind = 'act' AND subject = ?", id);
      // An earlier run was interrupted after the chain took the act and before the folder dropped it.
      if (known !== undefined) continue;
      const row = finished ? act : { ...act, finished };
      await recordActIn(sql, { actor, now: () => at }, row, id);
    }
  });
  await waiting.save([]);
}
