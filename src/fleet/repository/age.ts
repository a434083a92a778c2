/** age (age-encryption.org/v1) with X25519 keys: who may read what is published. */
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { TwinstileError } from '../../base/errors.js';
import type { Opener } from '../fleet-ports.js';
import { refused } from '../tuf/refusal.js';
import { nativeOpener } from './age-opener.js';

export const newIdentity = (): Promise<string> => generateX25519Identity();

/** @param identity "AGE-SECRET-KEY-1…", with comments as age-keygen writes them. @throws TwinstileError 'key-unusable'. */
export async function recipientOf(identity: string): Promise<string> {
  try {
    return await identityToRecipient(keyLine(identity));
  } catch {
    // The reason may quote the key.
    throw noKey();
  }
}

export const isRecipient = (text: string): boolean => /^age1[02-9ac-hj-np-z]{58}$/.test(text);

/** @param recipients "age1…", at least one. @throws TwinstileError 'bad-arguments'. */
export async function encryptTo(recipients: readonly string[], plain: Uint8Array): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  for (const recipient of recipients)
    try {
      encrypter.addRecipient(recipient);
    } catch (cause) {
      throw new TwinstileError({
        code: 'bad-arguments',
        message: `Expected an age recipient, got '${recipient}'.`,
        hint: 'Ask the device for its own with: twinstile gallery device key',
        cause,
      });
    }
  return encrypter.encrypt(plain);
}

/** @throws TwinstileError 'key-unusable'. */
export function openerOf(identity: string): Opener {
  const key = keyLine(identity);
  try {
    // Checks the form of an identity, with its checksum.
    new Decrypter().addIdentity(key);
  } catch {
    // The reason may quote the key.
    throw noKey();
  }
  const open = nativeOpener(key);
  return {
    async open(bytes) {
      try {
        return open(bytes);
      } catch (cause) {
        throw refused(
          'something encrypted to this box',
          'what its key does not open',
          'Add the box at the registrar with: twinstile gallery device add. The gallery here stays in use.',
          cause,
        );
      }
    },
  };
}

const keyLine = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line.startsWith('AGE-SECRET-KEY-1')) ?? '';

const noKey = (): TwinstileError =>
  new TwinstileError({
    code: 'key-unusable',
    message: 'Expected an age identity (AGE-SECRET-KEY-1…), got something else.',
    hint: 'Make one with: twinstile gallery device key --out FILE',
  });
