/**
 * Stores the key with which the box identifies the people of its receipts: 32 random bytes, encrypted under the gallery key,
 * next to the receipts. It is kept when the gallery key is rotated, and only encrypted again. A box that replaced another one
 * has several.
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, rm } from 'node:fs/promises';
import path from 'node:path';
import { TwinstileError } from '../../base/errors.js';
import { systemReason } from '../../base/system-error.js';
import { writeFileAtomically } from '../../platform/atomic-file.js';
import { namesIn } from '../../platform/folders.js';
import { MAX_KEY_FILE, readPlainFile } from '../../platform/plain-file.js';
import { seal, unseal } from '../../records/people/aes-gcm.js';
import { unusableStorage } from '../../records/sql-port.js';

export interface ErasureKey {
  /** First half of the SHA-256 of the key, hexadecimal: identifies the key that a receipt needs. */
  readonly id: string;
  readonly key: Uint8Array;
}

const OWNER = 'twinstile erasure key 1';
const NAME = /^erasure-[0-9a-f]{32}\.key$/;

/** Loads the key, or creates it when none exists. @param galleryKey 32 bytes. @throws TwinstileError 'gallery-locked'. */
export async function erasureKey(config: ReceiptConfig, galleryKey: Uint8Array): Promise<ErasureKey> {
  const known = await readErasureKeys(config, galleryKey);
  const files = await sealedFiles(config);
  if (known.length === 0 && files.length > 0)
    throw new TwinstileError({
      code: 'gallery-locked',
      message: `Expected the gallery key under which ${files[0]} is sealed, got another one.`,
      hint: 'Put the right gallery key back; without that file nobody can be erased again after a restore.',
    });
  const used = known[0] ?? named(randomBytes(32));
  const { own, besideBackups } = receiptFolders(config);
  await writeOnce(own, used, galleryKey);
  // Until backups exist, none can be restored without the key.
  if (existsSync(path.dirname(besideBackups))) await writeOnce(besideBackups, used, galleryKey);
  return used;
}

/** All keys that this gallery key decrypts, ordered by file name. */
export async function readErasureKeys(
  config: ReceiptConfig,
  galleryKey: Uint8Array,
): Promise<readonly ErasureKey[]> {
  const keys = new Map<string, ErasureKey>();
  for (const file of await sealedFiles(config)) {
    const key = unseal(galleryKey, await readPlainFile(file, { maxBytes: MAX_KEY_FILE }), OWNER);
    if (key !== undefined) keys.set(named(key).id, named(key));
  }
  return [...keys.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Encrypts the keys under a new gallery key. May be repeated: keys already under the new one are kept. */
export async function resealErasureKeys(
  config: ReceiptConfig,
  old: Uint8Array,
  fresh: Uint8Array,
): Promise<void> {
  for (const file of await sealedFiles(config)) {
    const key = unseal(old, await readPlainFile(file, { maxBytes: MAX_KEY_FILE }), OWNER);
    if (key !== undefined) await writeFileAtomically(file, seal(fresh, key, OWNER), 0o600);
  }
}

const named = (key: Uint8Array): ErasureKey => ({
  id: createHash('sha256').update(key).digest('hex').slice(0, 32),
  key,
});

/** Of the folder next to the database. @throws TwinstileError 'gallery-unusable' where it cannot be read: receipts may be in it. */
export const ownReceiptNames = (folder: string): Promise<readonly string[]> =>
  namesIn(folder).catch((cause: unknown) => {
    throw unusableStorage(
      `to read the folder of receipts ${folder}`,
      systemReason(cause)?.got ?? String(cause),
      'Put it back, and let the user of the service read it: by it people stay erased when an older database comes back.',
      cause,
    );
  });

async function sealedFiles(config: ReceiptConfig): Promise<readonly string[]> {
  const files: string[] = [];
  const { own, besideBackups } = receiptFolders(config);
  for (const [folder, names] of [
    [own, await ownReceiptNames(own)],
    // The folder next to the database holds the same; one that others may write must not end the start.
    [besideBackups, await namesIn(besideBackups).catch(() => [])],
  ] as const)
    for (const name of names) if (NAME.test(name)) files.push(path.join(folder, name));
  return files.sort();
}

/** Written atomically; an existing file is kept. */
async function writeOnce(folder: string, { id, key }: ErasureKey, galleryKey: Uint8Array): Promise<void> {
  const file = path.join(folder, `erasure-${id}.key`);
  if (existsSync(file)) return;
  const fresh = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFileAtomically(fresh, seal(galleryKey, key, OWNER), 0o600);
  try {
    await link(fresh, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(fresh, { force: true });
  }
}

interface ReceiptConfig {
  readonly data_dir: string;
  readonly backup?: { readonly folder?: string | undefined };
}

/** Folders of the receipts, next to the database and next to the backups: a restore of either includes the receipts. */
interface ReceiptFolders {
  readonly own: string;
  readonly besideBackups: string;
}

export function receiptFolders({ data_dir: data, backup }: ReceiptConfig): ReceiptFolders {
  return {
    own: path.join(data, 'erasures'),
    besideBackups: path.join(backup?.folder ?? path.join(data, 'backups'), 'erasures'),
  };
}
