/** Opens the gallery or the journal of a configuration, for the commands of the office, and restores its backup. */
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { AccessStore } from '../../access/policy/access-store.js';
import { openAccessStore } from '../../access/policy/sqlite-access-store.js';
import { TwinstileError } from '../../base/errors.js';
import type { WallTime } from '../../base/units.js';
import { giveToOwnerOf } from '../../platform/folders.js';
import { systemClock } from '../../platform/system-clock.js';
import { sealJournal } from '../../records/erasure/forget-people.js';
import type { Journal, Outbox } from '../../records/journal/journal.js';
import type { GalleryStore } from '../../records/people/gallery-store.js';
import type { GalleryChange } from '../../records/people/person.js';
import { openGallery } from '../../records/people/sql-gallery.js';
import { checkIntegrity, copyAtomically } from '../../records/sql/sqlite/sqlite-backup.js';
import { type Database, expectFile, openDatabase } from '../../records/sql/sqlite/sqlite-database.js';
import { openJournal } from '../../records/sql/sqlite/sqlite-journal.js';
import type { Tables } from '../../records/sql-port.js';
import type { Config } from '../config/config-schema.js';
import { placeOf, readSecret } from '../config/sections/secret-place.js';
import { eraseAgain } from '../erasure/erase-again.js';
import { resealErasureKeys } from '../erasure/erasure-key.js';
import { recordRestored, signedAfter } from '../journal/keep-head.js';
import { localActs } from './local-acts.js';
import { openRegistrar, registrarAccess, registrarJournal } from './open-registrar.js';
import { expectNoneOfFleet, keepFleetPeople, underTerms } from './people-guards.js';
import { type Reseal, settleKey, settleRegistrarKey } from './rotate-gallery-key.js';

/** What to do without a database: 'pretend' uses an empty one in memory, for a dry run. */
export type IfDatabaseMissing = 'create' | 'refuse' | 'pretend';

export interface Office {
  readonly gallery: GalleryStore;
  readonly journal: Journal & Outbox;
  readonly access: AccessStore;
  /** Refuses what `gallery.apply` would refuse because of a fleet, and changes nothing. @throws TwinstileError 'bad-arguments'. */
  readonly expectAllowed: (changes: readonly GalleryChange[]) => Promise<void>;
}

/** Folder of a configuration's backups. */
export const backupFolder = ({ data_dir: data, backup }: Pick<Config, 'data_dir' | 'backup'>): string =>
  backup.folder ?? path.join(data, 'backups');

/** The files encrypted under the gallery key next to the database, for a new gallery key. */
export const resealing =
  (config: Pick<Config, 'data_dir' | 'backup'>): Reseal =>
  (old, fresh) =>
    resealErasureKeys(config, old, fresh);

export const databaseFile = ({ data_dir: data }: Pick<Config, 'data_dir'>): string =>
  path.join(data, 'twinstile.db');

/**
 * Runs the work with the gallery open, and always closes it.
 * @param credentials value of CREDENTIALS_DIRECTORY.
 * @param missing 'create' for commands that may be the first to write: enrollment and imports.
 * @throws TwinstileError 'key-unusable' | 'gallery-locked' | 'gallery-unusable' | 'database-missing', and the work's errors.
 */
export async function withGallery<T>(
  config: Config,
  credentials: string | undefined,
  work: (office: Office) => Promise<T>,
  missing: IfDatabaseMissing = 'refuse',
): Promise<T> {
  if (isRegistrar(config))
    return withTables(config, credentials, async (tables) => {
      if (config.gallery.key_file !== undefined) await settleRegistrarKey(tables, config.gallery.key_file);
      return withStore(config, credentials, tables, (gallery) =>
        work({
          gallery,
          journal: registrarJournal(tables),
          access: registrarAccess,
          expectAllowed: async () => {},
        }),
      );
    });
  // A missing credential must not leave an empty database behind. A key file may be in the middle of a rotation.
  if (config.gallery.key_file === undefined) await galleryKey(config, credentials);
  return withDatabase(
    config,
    async (database) => {
      if (config.gallery.key_file !== undefined)
        await settleKey(database, config.gallery.key_file, backupFolder(config), resealing(config));
      return withStore(config, credentials, database, (store) => {
        const isFollower = config.gallery.fleet !== undefined;
        return work({
          gallery: isFollower ? keepFleetPeople(store, database) : store,
          journal: openJournal(database),
          access: openAccessStore(database),
          expectAllowed: async (changes) => {
            if (isFollower) await expectNoneOfFleet(store, database, changes);
          },
        });
      });
    },
    missing,
  );
}

async function withStore<T>(
  config: Config,
  credentials: string | undefined,
  tables: Tables,
  work: (gallery: GalleryStore) => Promise<T>,
): Promise<T> {
  const key = await galleryKey(config, credentials);
  const gallery = underTerms(
    await openGallery(tables, key, localActs()),
    config.privacy.consent_expires_days,
  );
  try {
    return await work(gallery);
  } finally {
    await gallery.close();
  }
}

/** Whether no lane is served: people are enrolled here for gates elsewhere. */
export const isOffice = ({ registrar, lanes }: Pick<Config, 'registrar' | 'lanes'>): boolean =>
  registrar?.database !== undefined || lanes.length === 0;

/** Whether people are kept in a database that several offices share. */
export const isRegistrar = ({ registrar }: Pick<Config, 'registrar'>): boolean =>
  registrar?.database !== undefined;

/**
 * Opens the tables of people, wherever the configuration keeps them.
 * @throws TwinstileError 'gallery-unusable' | 'key-unusable'.
 */
export async function withTables<T>(
  config: Config,
  credentials: string | undefined,
  work: (tables: Tables) => Promise<T>,
): Promise<T> {
  if (config.registrar?.database === undefined) return withDatabase(config, work);
  const tables = await openRegistrar(config.registrar, credentials);
  try {
    return await signedAfter(
      tables,
      config,
      () => work(tables),
      async () => {},
    );
  } finally {
    await tables.close();
  }
}

/** Opens the journal, which is not encrypted: no key is needed. At a registrar it is the chain of its offices' acts. */
export function withJournal<T>(
  config: Config,
  credentials: string | undefined,
  work: (journal: Journal) => Promise<T>,
): Promise<T> {
  if (isRegistrar(config)) return withTables(config, credentials, (tables) => work(registrarJournal(tables)));
  return withDatabase(config, (database) => work(openJournal(database)));
}

/** @throws TwinstileError 'bad-arguments' at a registrar with a shared database: it has no gates. */
export function expectBox(config: Pick<Config, 'registrar'>): void {
  if (isRegistrar(config))
    throw new TwinstileError({
      code: 'bad-arguments',
      message: 'Expected the configuration of a box, got that of a registrar whose people are in PostgreSQL.',
      hint: 'Name a box’s configuration with --config. Back up and restore the registrar with pg_dump and pg_restore.',
    });
}

/** @throws TwinstileError 'database-missing', and as `expectBox`. */
export async function expectDatabase(config: Config): Promise<void> {
  expectBox(config);
  await expectFile(databaseFile(config));
}

/** Opens the box's own file. @throws as `expectBox`. */
export async function withDatabase<T>(
  config: Config,
  work: (database: Database) => Promise<T>,
  missing: IfDatabaseMissing = 'refuse',
): Promise<T> {
  expectBox(config);
  const database = await openFor(databaseFile(config), missing);
  try {
    await eraseAgain(database, config, systemClock.wall(), () =>
      galleryKey(config, process.env.CREDENTIALS_DIRECTORY),
    );
    const signing = existsSync(databaseFile(config)) ? () => sealJournal(database) : undefined;
    return await signedAfter(database, config, () => work(database), signing);
  } finally {
    await database.close();
  }
}

const openFor = (file: string, missing: IfDatabaseMissing): Promise<Database> =>
  missing === 'pretend' && !existsSync(file)
    ? openDatabase(':memory:')
    : openDatabase(file, missing === 'create' ? 'create' : 'refuse');

/** @throws TwinstileError 'key-unusable'. */
export async function galleryKey(
  { gallery }: Pick<Config, 'gallery'>,
  credentials: string | undefined,
): Promise<Uint8Array> {
  const place = placeOf(gallery.key_file, gallery.key_credential);
  if (place === undefined)
    throw new TwinstileError({
      code: 'key-unusable',
      message: 'Expected gallery.key_file or gallery.key_credential, got neither.',
      hint: 'Make a key with: twinstile keys new gallery --out DIR',
    });
  return readSecret(place, credentials);
}

/**
 * Replaces the database with a backup, and records in its chain who did it and what was lost with the old one.
 * Erases the people again who were erased since the backup was made. The service must be restarted afterwards.
 * @returns where the old database was moved; absent when there was none. @throws TwinstileError 'gallery-unusable' |
 * 'key-unusable'.
 */
export async function restoreBackup(
  config: Config,
  from: string,
  now: WallTime,
): Promise<string | undefined> {
  await checkIntegrity(from);
  const file = databaseFile(config);
  const waiting = `${file}.restored`;
  // Written completely next to the old one first: after a full disk or a crash one of them is in place.
  await copyAtomically(from, waiting);
  await giveToOwnerOf(config.data_dir, waiting);
  const old = existsSync(file)
    ? `${file}.replaced-${new Date(now).toISOString().replace(/[:.]/g, '-')}`
    : undefined;
  if (old !== undefined)
    for (const end of ['-wal', '-shm', '']) if (existsSync(file + end)) await rename(file + end, old + end);
  for (const end of ['-wal', '-shm']) await rm(file + end, { force: true });
  await rename(waiting, file);
  await withDatabase(config, (database) => recordRestored(database, config, localActs(), from));
  return old;
}
