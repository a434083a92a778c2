/** The signed receipt of an erasure, in the folder `erasures` of the data. */
import { randomBytes } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import type { PersonId } from '../base/ids.js';
import type { WallTime } from '../base/units.js';
import type { Config } from '../config/schema.js';
import { type Erasure, personHash, type Receipt, signReceipt } from '../gallery/erasure-receipt.js';
import { deviceKey } from './device-key.js';

export interface Erased {
  readonly receipt: Receipt;
  /** Where the receipt lies. */
  readonly file: string;
}

/** What was erased, and what was not. */
export type ErasedCounts = Omit<Erasure, 'erased_at' | 'site' | 'person_sha256' | 'salt'>;

/** @throws TwinstileError 'key-unusable'. */
export async function leaveReceipt(
  { site, data }: Pick<Config, 'site' | 'data'>,
  person: PersonId,
  counts: ErasedCounts,
  now: WallTime,
): Promise<Erased> {
  const key = await deviceKey(data);
  const salt = randomBytes(16).toString('hex');
  const erased_at = new Date(now).toISOString();
  const receipt = signReceipt(
    { erased_at, site, person_sha256: personHash(person, salt), salt, ...counts },
    key.secret,
    key.pub,
  );
  return { receipt, file: await keep(receipt, path.join(data, 'erasures')) };
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
