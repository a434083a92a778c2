/** The signed receipt of an erasure, in the folder `erasures` of the data, and in that of the backups. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import type { PersonId } from '../../base/ids.js';
import type { WallTime } from '../../base/units.js';
import type { Config } from '../../config/schema.js';
import { type Erasure, personHash, type Receipt, signReceipt } from '../../gallery/erasure-receipt.js';
import { deviceKey } from '../fleet/device-key.js';
import { receiptFolders } from './erasure-receipts.js';

export interface Erased {
  readonly receipt: Receipt;
  /** Where the receipt lies. */
  readonly file: string;
}

/** What was erased, and what was not. */
export type ErasedCounts = Omit<Erasure, 'erased_at' | 'site' | 'person_sha256' | 'salt'>;

export const newSalt = (): string => randomBytes(16).toString('hex');

/**
 * @param salt of the person's hash, where something else knows the receipt by it already.
 * @throws TwinstileError 'key-unusable'.
 */
export async function leaveReceipt(
  config: Pick<Config, 'site' | 'data'> & Partial<Pick<Config, 'backup'>>,
  person: PersonId,
  counts: ErasedCounts,
  now: WallTime,
  salt: string = newSalt(),
): Promise<Erased> {
  const { site, data } = config;
  const key = await deviceKey(data);
  const erased_at = new Date(now).toISOString();
  const receipt = signReceipt(
    { erased_at, site, person_sha256: personHash(person, salt), salt, ...counts },
    key.secret,
    key.pub,
  );
  const { own, besideBackups } = receiptFolders(config);
  const file = await keep(receipt, own);
  // Where there are no backups yet, none can come back without the receipt.
  if (existsSync(path.dirname(besideBackups))) await keep(receipt, besideBackups);
  return { receipt, file };
}

/** Named after its content, so that the folder's listing says no more than the receipt does. */
async function keep(receipt: Receipt, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const stamp = receipt.erased_at.replace(/[:.]/g, '-');
  const file = path.join(folder, `${stamp}-${receipt.person_sha256.slice(0, 12)}.json`);
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(receipt, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return file;
}
