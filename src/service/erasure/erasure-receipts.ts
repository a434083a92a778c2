/** Where the receipts of erasures lie, and which of them can be believed. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { deviceKey } from '../../platform/device-key.js';
import { MAX_KEY_FILE, readPlainText } from '../../platform/plain-file.js';
import { isGenuine, nameOf, type Receipt } from '../../records/erasure/erasure-receipt.js';
import type { Config } from '../config/config-schema.js';
import { receiptFolders } from './receipt-folders.js';

export interface ReadReceipts {
  readonly receipts: readonly Receipt[];
  /** Files that are no receipts of this site, or were changed. */
  readonly doubtful: readonly string[];
}

/**
 * Beside the database any box's receipt is believed, because somebody who replaces a box brings them there. A folder of
 * backups may lie where others write, too: there only this box's own are.
 * @throws TwinstileError 'key-unusable'.
 */
export async function readReceipts(
  config: Pick<Config, 'site' | 'data_dir' | 'backup'>,
): Promise<ReadReceipts> {
  const { own, besideBackups } = receiptFolders(config);
  const receipts = new Map<string, Receipt>();
  const doubtful: string[] = [];
  const files = [...(await receiptsIn(own)), ...(await receiptsIn(besideBackups))];
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

async function receiptsIn(folder: string): Promise<readonly string[]> {
  // A folder that is not there holds none.
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => path.join(folder, name));
}

async function readReceipt(file: string): Promise<Receipt | undefined> {
  try {
    const held: unknown = JSON.parse(await readPlainText(file, { maxBytes: MAX_KEY_FILE }));
    return typeof held === 'object' && held !== null && 'signature' in held ? (held as Receipt) : undefined;
  } catch {
    // Told with the others that cannot be believed.
    return undefined;
  }
}
