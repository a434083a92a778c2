/** Lists the keys of a box as named parts: those that open the gallery, sign grants, and verify gates and operators. */
import { createHash } from 'node:crypto';
import type { Authority } from '../../gate/operator-command/authority.js';
import { fingerprintOf } from '../../gate/protocol/signature.js';
import { deviceKey } from '../../platform/device-key.js';
import { MAX_KEY_FILE, readPlainFile } from '../../platform/plain-file.js';
import type { Config } from '../config/config-schema.js';
import { placeOf, readSecret } from '../config/sections/secret-place.js';
import type { Secrets } from '../setup/secrets.js';

/** Returns fingerprints of the keys in use since the start. @throws TwinstileError 'key-unusable'. */
export async function keysInForce(
  config: Pick<Config, 'data_dir' | 'gallery'>,
  { galleryKey, grantKey, gates }: Pick<Secrets, 'galleryKey' | 'grantKey' | 'gates'>,
  credentials: string | undefined,
): Promise<ReadonlyMap<string, unknown>> {
  const parts = new Map<string, unknown>([
    ['gallery key', fingerprintOf(galleryKey)],
    [`grant key ${grantKey.id}`, [grantKey.algorithm, grantKey.fingerprint]],
    ['key of this box', (await deviceKey(config.data_dir)).fingerprint],
  ]);
  for (const [lane, trust] of gates)
    if (trust.protocol === 2)
      parts.set(`gate key of lane ${lane}`, trust.keys.map(({ fingerprint }) => fingerprint).sort());
  const { fleet } = config.gallery;
  if (fleet === undefined) return parts;
  const place = placeOf(fleet.key_file, fleet.key_credential);
  const root = await digestIfReadable(() => readPlainFile(fleet.root_file, { maxBytes: MAX_KEY_FILE }));
  parts.set('root of the fleet', root);
  if (place !== undefined)
    parts.set('key of this box in the fleet', await digestIfReadable(() => readSecret(place, credentials)));
  return parts;
}

/** Returns the keys that every reload reads again. */
export const operatorKeysInForce = ({ operators }: Authority): ReadonlyMap<string, unknown> =>
  new Map([...operators].map(([id, { key }]) => [`key of operator ${id}`, key.fingerprint]));

/** The sync process reads these files and reports those it cannot read; here a failure ends nothing. */
async function digestIfReadable(read: () => Promise<Uint8Array>): Promise<string> {
  try {
    return createHash('sha256')
      .update(await read())
      .digest('hex');
  } catch {
    return 'not readable';
  }
}
