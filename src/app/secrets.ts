/** Every secret the configuration names, read once at the start. */
import type { BrokerAddress } from '../adapters/mqtt/connection.js';
import { TwinstileError } from '../base/errors.js';
import type { Config } from '../config/schema.js';
import { placeOf, readSecret } from '../config/secret.js';
import { type SigningKey, signingKey } from '../gate/signature.js';
import { brokerAddress } from './broker-address.js';

export interface Secrets {
  /** 32 bytes. */
  readonly galleryKey: Uint8Array;
  readonly grantKey: SigningKey;
  readonly broker: Omit<BrokerAddress, 'clientId' | 'availability'>;
}

/** @param credentials value of CREDENTIALS_DIRECTORY. @throws TwinstileError 'key-unusable'. */
export async function readSecrets(config: Config, credentials: string | undefined): Promise<Secrets> {
  const { gallery, grants } = config;
  const read = (group: Config['gallery'], name: string): Promise<Buffer> => {
    const place = placeOf(group.key_file, group.key_credential);
    if (place !== undefined) return readSecret(place, credentials);
    throw new TwinstileError({
      code: 'key-unusable',
      message: `Expected ${name}.key_file or ${name}.key_credential, got neither.`,
      hint: 'Add one to the configuration.',
    });
  };
  return {
    galleryKey: await read(gallery, 'gallery'),
    grantKey: signingKey(grants.key_id, grants.algorithm, await read(grants, 'grants')),
    broker: await brokerAddress(config, credentials),
  };
}
