/** Loads the keys that verify the answers of each gate. */
import { TwinstileError } from '../../base/errors.js';
import type { AnswerTrust } from '../../gate/protocol/answer-check.js';
import { type VerifyingKey, verifyingKey } from '../../gate/protocol/signature.js';
import type { LaneConfig } from '../config/sections/lane-section.js';
import { placeOf, readSecret } from '../config/sections/secret-place.js';

const PEM = /-----BEGIN [A-Z ]+-----[\s\S]*?-----END [A-Z ]+-----/g;

/**
 * @param shared the HMAC key that signs grants; absent when they are signed otherwise.
 * @param credentials value of CREDENTIALS_DIRECTORY.
 * @throws TwinstileError 'key-unusable'.
 */
export async function gateTrust(
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
