/** Reads every secret that the configuration names, once at the start. */
import { TwinstileError } from '../../base/errors.js';
import type { AnswerTrust } from '../../gate/protocol/answer-check.js';
import {
  type SigningKey,
  signingKey,
  type VerifyingKey,
  verifyingKey,
} from '../../gate/protocol/signature.js';
import type { BrokerAddress } from '../../platform/mqtt/mqtt-connection.js';
import type { Config } from '../config/config-schema.js';
import type { LaneConfig } from '../config/sections/lane-section.js';
import { placeOf, readSecret } from '../config/sections/secret-place.js';
import { brokerAddress } from './broker-address.js';
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

const PEM = /-----BEGIN [A-Z ]+-----[\s\S]*?-----END [A-Z ]+-----/g;

/**
 * Loads the keys that verify the answers of each gate.
 * @param shared the HMAC key that signs grants; absent when they are signed otherwise.
 * @param credentials value of CREDENTIALS_DIRECTORY.
 * @throws TwinstileError 'key-unusable'.
 */
async function gateTrust(
  lane: LaneConfig,
  shared: VerifyingKey | undefined,
  credentials: string | undefined,
): Promise<AnswerTrust> {
  if (lane.gate_protocol === 1) return { protocol: 1 };
  const place = placeOf(lane.gate_key_file, lane.gate_key_credential);
  if (place !== undefined) return { protocol: 2, keys: keysIn(await readSecret(place, credentials)) };
  if (shared !== undefined) return { protocol: 2, keys: [shared] };
  throw new TwinstileError({
    code: 'key-unusable',
    message: `Expected gate_key_file or gate_key_credential of lane "${lane.id}", got neither.`,
    hint: 'Make a key with: twinstile keys new gate --out DIR',
  });
}

/** One HMAC key of 32 bytes, or several public keys in sequence, so that a gate may change its own without an interruption. */
function keysIn(content: Uint8Array): readonly VerifyingKey[] {
  if (content.length === 32) return [verifyingKey('gate', 'hmac-sha256', content)];
  const found = Buffer.from(content).toString('latin1').match(PEM) ?? [];
  // A file that is not a list of public keys is reported as such.
  const all = found.length === 0 ? [content] : found.map((pem) => Buffer.from(pem, 'latin1'));
  return all.map((one) => verifyingKey('gate', 'ed25519', one));
}
