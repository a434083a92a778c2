/** Reads every secret that the configuration names, once at the start. */

import { TwinstileError } from '../../base/errors.js';
import type { AnswerTrust } from '../../gate/protocol/answer-check.js';
import { type SigningKey, signingKey, verifyingKey } from '../../gate/protocol/signature.js';
import type { BrokerAddress } from '../../platform/mqtt/mqtt-connection.js';
import type { Config } from '../config/config-schema.js';
import { placeOf, readSecret } from '../config/sections/secret-place.js';
import { brokerAddress } from './broker-address.js';
import { gateTrust } from './gate-trust.js';
import { galleryKey } from './open-gallery.js';

export interface Secrets {
  /** 32 bytes. */
  readonly galleryKey: Uint8Array;
  readonly grantKey: SigningKey;
  /** By lane; absent for a lane with a relay. */
  readonly gates: ReadonlyMap<string, AnswerTrust>;
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
  const { key_id: id, algorithm } = grants;
  const secret = await readSecret(place, credentials);
  const shared = algorithm === 'hmac-sha256' ? verifyingKey(id, algorithm, secret) : undefined;
  const gates = new Map<string, AnswerTrust>();
  for (const lane of config.lanes)
    if (lane.relay === undefined) gates.set(lane.id, await gateTrust(lane, shared, credentials));
  return {
    galleryKey: await galleryKey(config, credentials),
    grantKey: signingKey(id, algorithm, secret),
    gates,
    broker: await brokerAddress(config, credentials),
  };
}
