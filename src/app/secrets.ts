/** Every secret the configuration names, read once at the start. */
import type { BrokerAddress } from '../adapters/mqtt/connection.js';
import { TwinstileError } from '../base/errors.js';
import type { Config } from '../config/schema.js';
import { placeOf, readSecret } from '../config/secret.js';
import { type SigningKey, signingKey } from '../gate/signature.js';
import { brokerAddress } from './broker-address.js';
import { galleryKey } from './gallery/open-gallery.js';

export interface Secrets {
  /** 32 bytes. */
  readonly galleryKey: Uint8Array;
  readonly grantKey: SigningKey;
  readonly broker: Omit<BrokerAddress, 'clientId' | 'availability'>;
}

/** @param credentials value of CREDENTIALS_DIRECTORY. @throws TwinstileError 'key-unusable'. */
export async function readSecrets(config: Config, credentials: string | undefined): Promise<Secrets> {
  const { grants } = config;
  const place = placeOf(grants.key_file, grants.key_credential);
  if (place === undefined)
    throw new TwinstileError({
      code: 'key-unusable',
      message: 'Expected grants.key_file or grants.key_credential, got neither.',
      hint: 'Make a key with: twinstile keys new grant --out DIR',
    });
  return {
    galleryKey: await galleryKey(config, credentials),
    grantKey: signingKey(grants.key_id, grants.algorithm, await readSecret(place, credentials)),
    broker: await brokerAddress(config, credentials),
  };
}
