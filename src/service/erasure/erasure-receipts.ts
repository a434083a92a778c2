/** Reads the receipts of erasures and verifies them. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { deviceKey } from '../../platform/device-key.js';
import { MAX_KEY_FILE, readPlainText } from '../../platform/plain-file.js';
import { isGenuine, nameOf, type Receipt } from '../../records/erasure/erasure-receipt.js';
import type { Config } from '../config/config-schema.js';
import { receiptFolders } from './receipt-folders.js';

export interface ReadReceipts {
  readonly receipts: readonly Receipt[];
  /** Files that are not receipts of this site, or were changed. */
  readonly doubtful: readonly string[];
}

/**
 * Next to the database, receipts of any box are accepted, because they are moved there when a box is replaced. A folder of
 * backups may be writable by others: only this box's own receipts are accepted from it.
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
  // A missing folder counts as empty.
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
    // Reported with the others that failed verification.
    return undefined;
  }
}
