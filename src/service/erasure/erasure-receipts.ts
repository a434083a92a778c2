/** Signs, stores, reads and verifies the receipts of erasures. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import type { PersonId } from '../../base/ids.js';
import type { WallTime } from '../../base/units.js';
import { deviceKey } from '../../platform/device-key.js';
import { giveToOwnerOf, makeFolder, namesIn } from '../../platform/folders.js';
import { MAX_KEY_FILE, readPlainText } from '../../platform/plain-file.js';
import {
  type ErasureCounts,
  isGenuine,
  keyedHash,
  type NewReceipt,
  nameOf,
  type Receipt,
  signReceipt,
} from '../../records/erasure/erasure-receipt.js';
import type { Config } from '../config/config-schema.js';
import { type ErasureKey, ownReceiptNames, receiptFolders } from './erasure-key.js';

export interface ReadReceipts {
  readonly receipts: readonly Receipt[];
  /** Files that are not receipts of this site, or were changed. */
  readonly doubtful: readonly string[];
}

/**
 * Next to the database, receipts of any box are accepted, because they are moved there when a box is replaced. A folder of
 * backups may be writable by others: only this box's own receipts are accepted from it.
 * @throws TwinstileError 'key-unusable', and 'gallery-unusable' when the folder next to the database cannot be read.
 */
export async function readReceipts(
  config: Pick<Config, 'site' | 'data_dir' | 'backup'>,
): Promise<ReadReceipts> {
  const { own, besideBackups } = receiptFolders(config);
  const receipts = new Map<string, Receipt>();
  const doubtful: string[] = [];
  // A folder of backups may be written by others: it is no reason not to start.
  const copies = await namesIn(besideBackups).then(
    (names) => receiptsAmong(besideBackups, names),
    () => {
      doubtful.push(besideBackups);
      return [];
    },
  );
  const files = [...receiptsAmong(own, await ownReceiptNames(own)), ...copies];
  if (files.length === 0) return { receipts: [], doubtful };
  const { pub } = await deviceKey(config.data_dir);
  for (const file of files) {
    const receipt = await readReceipt(file);
    const isBelieved =
      receipt?.site === config.site &&
      isGenuine(receipt) &&
      (path.dirname(file) === own || receipt.key === pub);
    if (isBelieved) receipts.set(nameOf(receipt), receipt);
    else doubtful.push(file);
  }
  return { receipts: [...receipts.values()], doubtful };
}

const receiptsAmong = (folder: string, names: readonly string[]): readonly string[] =>
  names
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => path.join(folder, name));

async function readReceipt(file: string): Promise<Receipt | undefined> {
  try {
    const held: unknown = JSON.parse(await readPlainText(file, { maxBytes: MAX_KEY_FILE }));
    return typeof held === 'object' && held !== null && 'signature' in held ? (held as Receipt) : undefined;
  } catch {
    // Reported with the others that failed verification.
    return undefined;
  }
}

export interface Erased {
  readonly receipt: NewReceipt;
  /** Path of the receipt. */
  readonly file: string;
  /** Proves whose receipt it is, and is not stored: for the copy that the person receives. */
  readonly personKey: string;
}

interface ReceiptSubject {
  readonly person: PersonId;
  /** Name of the erasure's row in the journal. */
  readonly name: string;
  /** The key with which the box finds the person again; absent at a registrar. */
  readonly boxKey?: ErasureKey | undefined;
}

/** 16 random bytes, hexadecimal. */
export const newReceiptName = (): string => randomBytes(16).toString('hex');

/**
 * Signs the receipt of an erasure and stores it in the folder `erasures` of the data, and in that of the backups.
 * @throws TwinstileError 'key-unusable'.
 */
export async function leaveReceipt(
  config: Pick<Config, 'site' | 'data_dir'> & Partial<Pick<Config, 'backup'>>,
  { person, name, boxKey }: ReceiptSubject,
  counts: ErasureCounts,
  now: WallTime,
): Promise<Erased> {
  const { site, data_dir: data } = config;
  const key = await deviceKey(data);
  const handed = randomBytes(32);
  const receipt = signReceipt(
    {
      v: 2 as const,
      receipt: name,
      erased_at: new Date(now).toISOString(),
      site,
      person_hmac: keyedHash(person, handed),
      box_hmac: boxKey === undefined ? null : keyedHash(person, boxKey.key),
      box_key: boxKey?.id ?? null,
      ...counts,
    },
    key.secret,
    key.pub,
  );
  const { own, besideBackups } = receiptFolders(config);
  const file = await keep(receipt, own);
  // Until backups exist, none can be restored without the receipt.
  if (existsSync(path.dirname(besideBackups))) await keep(receipt, besideBackups);
  return { receipt, file, personKey: handed.toString('hex') };
}

/** Named after its content, so that the folder's listing discloses no more than the receipt does. */
async function keep(receipt: NewReceipt, folder: string): Promise<string> {
  await makeFolder(folder);
  const stamp = receipt.erased_at.replace(/[:.]/g, '-');
  const file = path.join(folder, `${stamp}-${receipt.receipt.slice(0, 12)}.json`);
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(receipt, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await giveToOwnerOf(folder, file);
  return file;
}
