/** The signed receipt of an erasure, in the folder `erasures` of the data, and in that of the backups. */
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
  /** Where the receipt lies. */
  readonly file: string;
  /** Proves whom the receipt is about, and is kept nowhere: for the copy that is handed to the person. */
  readonly personKey: string;
}

export interface ReceiptSubject {
  readonly person: PersonId;
  /** Name of the erasure's row in the journal. */
  readonly name: string;
  /** Under which the box finds the person again; absent at a registrar. */
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
  // Where there are no backups yet, none can come back without the receipt.
  if (existsSync(path.dirname(besideBackups))) await keep(receipt, besideBackups);
  return { receipt, file, personKey: handed.toString('hex') };
}

/** Named after its content, so that the folder's listing says no more than the receipt does. */
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
