/** The box's own Ed25519 key: signs receipts, and proves later which box made them. Made when it is first needed. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { TwinstileError } from '../base/errors.js';
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
    await mkdir(data, { recursive: true, mode: 0o700 });
    const fresh = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
    // 'wx': the second process uses the key of the first.
    const handle = await open(file, 'wx', 0o600).catch(() => undefined);
    if (handle !== undefined) {
      await handle.writeFile(fresh);
      await handle.sync();
      await handle.close();
    }
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

export function publicHalf(key: KeyObject): Pick<DeviceKey, 'pub' | 'fingerprint'> {
  return {
    pub: String(key.export({ type: 'spki', format: 'pem' })),
    fingerprint: createHash('sha256')
      .update(key.export({ type: 'spki', format: 'der' }))
      .digest('hex'),
  };
}
