/** What the commands of the office need: the gallery, or the journal, of a configuration. */
import path from 'node:path';
import { openAccessStore } from '../adapters/sqlite/access-store.js';
import { type Database, openDatabase } from '../adapters/sqlite/database.js';
import { openJournal } from '../adapters/sqlite/journal.js';
import { TwinstileError } from '../base/errors.js';
import type { Config } from '../config/schema.js';
import { placeOf, readSecret } from '../config/secret.js';
import type { AccessStore } from '../ports/access-store.js';
import type { GalleryStore } from '../ports/gallery-store.js';
import type { Journal, Outbox } from '../ports/journal.js';
import { openGallery } from '../tables/gallery.js';
import { underTerms } from './consent-terms.js';
import { settleKey } from './rotate-gallery-key.js';

export interface Office {
  readonly gallery: GalleryStore;
  readonly journal: Journal & Outbox;
  readonly access: AccessStore;
}

/** Where the backups of a configuration lie. */
export const backupFolder = ({ data, backup }: Pick<Config, 'data' | 'backup'>): string =>
  backup.folder ?? path.join(data, 'backups');

export const databaseFile = ({ data }: Pick<Config, 'data'>): string => path.join(data, 'twinstile.db');

/**
 * Runs the work with the gallery open, and closes it whatever comes.
 * @param credentials value of CREDENTIALS_DIRECTORY.
 * @throws TwinstileError 'key-unusable' | 'gallery-locked' | 'gallery-unusable', and what the work throws.
 */
export async function withGallery<T>(
  config: Config,
  credentials: string | undefined,
  work: (office: Office) => Promise<T>,
): Promise<T> {
  return withDatabase(config, async (database) => {
    if (config.gallery.key_file !== undefined)
      await settleKey(database, config.gallery.key_file, backupFolder(config));
    const key = await galleryKey(config, credentials);
    const gallery = underTerms(await openGallery(database, key), config.privacy.consent_expires_days);
    try {
      return await work({ gallery, journal: openJournal(database), access: openAccessStore(database) });
    } finally {
      await gallery.close();
    }
  });
}

/** The journal is not encrypted: no key is needed. */
export function withJournal<T>(config: Config, work: (journal: Journal) => Promise<T>): Promise<T> {
  return withDatabase(config, (database) => work(openJournal(database)));
}

export async function withDatabase<T>(config: Config, work: (database: Database) => Promise<T>): Promise<T> {
  const database = await openDatabase(databaseFile(config));
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

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
