/** Signs the receipt of an erasure and stores it in the folder `erasures` of the data, and in that of the backups. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import type { PersonId } from '../../base/ids.js';
import type { WallTime } from '../../base/units.js';
import { deviceKey } from '../../platform/device-key.js';
import {
  type ErasureCounts,
  keyedHash,
  type NewReceipt,
  signReceipt,
} from '../../records/erasure/erasure-receipt.js';
import type { Config } from '../config/config-schema.js';
import type { ErasureKey } from './erasure-key.js';
import { receiptFolders } from './receipt-folders.js';

export interface Erased {
  readonly receipt: NewReceipt;
  /** Path of the receipt. */
  readonly file: string;
  /** Proves whose receipt it is, and is not stored: for the copy that the person receives. */
  readonly personKey: string;
}

export interface ReceiptSubject {
  readonly person: PersonId;
  /** Name of the erasure's row in the journal. */
  readonly name: string;
  /** The key with which the box finds the person again; absent at a registrar. */
  readonly boxKey?: ErasureKey | undefined;
}

/** 16 random bytes, hexadecimal. */
export const newReceiptName = (): string => randomBytes(16).toString('hex');

/** @throws TwinstileError 'key-unusable'. */
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
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const stamp = receipt.erased_at.replace(/[:.]/g, '-');
  const file = path.join(folder, `${stamp}-${receipt.receipt.slice(0, 12)}.json`);
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(receipt, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return file;
}
