/** The box's own Ed25519 key: signs receipts, and proves later which box made them. Made when it is first needed. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { link, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { TwinstileError } from '../base/errors.js';
import { syncFolder } from './atomic-file.js';
import { giveToOwnerOf, makeFolder } from './folders.js';
import { MAX_KEY_FILE, readPlainFile } from './plain-file.js';

export interface DeviceKey {
  readonly secret: KeyObject;
  /** PEM (SPKI). */
  readonly pub: string;
  /** SHA-256 of the public key (SPKI, DER), hexadecimal. */
  readonly fingerprint: string;
}

/** @param data folder of the database. @throws TwinstileError 'key-unusable'. */
export async function deviceKey(data: string): Promise<DeviceKey> {
  const file = path.join(data, 'device.key');
  try {
    // Where people are kept elsewhere nothing else may have made it yet.
    await makeFolder(data);
    // An empty file is what a power cut left of one that an older version made: nothing was ever signed with it.
    if (((await sizeOf(file)) ?? 0) === 0) await make(file);
    const secret = createPrivateKey(await readPlainFile(file, { maxBytes: MAX_KEY_FILE }));
    return { secret, ...publicHalf(createPublicKey(secret)) };
  } catch (cause) {
    throw new TwinstileError({
      code: 'key-unusable',
      message: `The key of this box at ${file} cannot be read or made.`,
      hint: 'Let the user of the service write to the data folder; a damaged device.key may be moved away.',
      // The cause of a key that cannot be read may quote it.
      cause: cause instanceof Error && 'syscall' in cause ? cause : undefined,
    });
  }
}

/** Whole or not at all; of two processes at once both use the key of the first. */
async function make(file: string): Promise<void> {
  const fresh = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
  const aside = `${file}.new-${randomBytes(6).toString('hex')}`;
  try {
    const handle = await open(aside, 'wx', 0o600);
    try {
      await handle.writeFile(fresh);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await giveToOwnerOf(path.dirname(file), aside);
    const isEmpty = (await sizeOf(file)) === 0;
    await (isEmpty ? rename(aside, file) : link(aside, file).catch(ifThere));
  } finally {
    await rm(aside, { force: true });
  }
  await syncFolder(path.dirname(file));
}

function ifThere(cause: unknown): void {
  if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause;
}

/** @returns undefined when nothing is there. */
const sizeOf = (file: string): Promise<number | undefined> =>
  stat(file).then(
    (stats) => (stats.isFile() ? stats.size : Number.NaN),
    () => undefined,
  );

export function publicHalf(key: KeyObject): Pick<DeviceKey, 'pub' | 'fingerprint'> {
  return {
    pub: String(key.export({ type: 'spki', format: 'pem' })),
    fingerprint: createHash('sha256')
      .update(key.export({ type: 'spki', format: 'der' }))
      .digest('hex'),
  };
}
