/** Gives the registrar's commands the fleet's folder, its keys, and publishing from a configuration. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { TwinstileError } from '../../base/errors.js';
import type { WallTime } from '../../base/units.js';
import type { MetadataStore } from '../../fleet/fleet-ports.js';
import { signersOf } from '../../fleet/publish/key-ceremony.js';
import { blobsOf, type PublishSummary, publishGallery } from '../../fleet/publish/publish-gallery.js';
import { openPublishSource } from '../../fleet/publish/publish-source.js';
import { LIFETIMES } from '../../fleet/publish/sign-metadata.js';
import { encryptTo } from '../../fleet/repository/age.js';
import { type NamedSigner, readSigners } from '../../fleet/repository/keyring.js';
import { pendingActs } from '../../fleet/repository/pending-acts.js';
import { pruneBlobs, pruneMetadata } from '../../fleet/repository/prune.js';
import { releasesFile } from '../../fleet/repository/releases-file.js';
import { metadataFolder, repositoryFolder } from '../../fleet/repository/repository-folder.js';
import { siteFiles } from '../../fleet/repository/site-files.js';
import { recordAct } from '../../records/journal/act.js';
import { withFolderLock } from '../../records/sql/sqlite/folder-lock.js';
import type { Config } from '../config/config-schema.js';
import { journalFleetActs } from './fleet-acts.js';
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

export interface PublishOptions {
  readonly config: Config;
  readonly credentials: string | undefined;
  readonly fleet: string;
  readonly site: string;
  readonly out: string;
  readonly now: WallTime;
  readonly full?: boolean;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Holds the folder's lock meanwhile, so that keys, devices and the site's identity are consistent.
 * @throws TwinstileError 'key-unusable' | 'bad-arguments' | 'gallery-locked' | 'gallery-unusable'.
 */
export function publishFrom(options: PublishOptions): Promise<PublishSummary> {
  return withFolderLock(options.fleet, () => publishAlone(options));
}

async function publishAlone(options: PublishOptions): Promise<PublishSummary> {
  const { config, site, now } = options;
  const office = openFleetOffice(options.fleet);
  const files = siteFiles(options.fleet, site);
  const signers = await office.signers();
  const devices = Object.values(await files.devices());
  if (devices.length === 0)
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected a device that may read the gallery of ${site}, got none.`,
      hint: 'Add one with: twinstile gallery device add NAME RECIPIENT',
    });
  const key = await galleryKey(config, options.credentials);
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
  return sum;
}

/** Sites share the folder: a blob is deleted when no site refers to it. */
export async function pruneRepository({ fleet, out }: Pick<PublishOptions, 'fleet' | 'out'>): Promise<void> {
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
