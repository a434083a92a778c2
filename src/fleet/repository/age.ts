/** age (age-encryption.org/v1) with X25519 keys: who may read what is published. */

import {
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto';
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { TwinstileError } from '../../base/errors.js';
import type { Opener } from '../fleet-ports.js';
import { refused } from '../tuf/refusal.js';

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

// header: version line, stanzas, "--- MAC" | nonce (16 bytes) | chunks of 64 KiB, each ChaCha20-Poly1305 with its tag (16).
const VERSION = 'age-encryption.org/v1\n';
const X25519 = 'age-encryption.org/v1/X25519';
/** A stanza for each of 10,000 devices takes 1 MB. */
const MAX_HEADER = 2 * 1024 * 1024;
const CHUNK = 64 * 1024;
const TAG = 16;
const NONCE = 16;
/** PKCS #8 and SPKI of RFC 8410 in front of the 32 bytes of a key. */
const PRIVATE = Buffer.from('302e020100300506032b656e04220420', 'hex');
const PUBLIC = Buffer.from('302a300506032b656e032100', 'hex');
const BECH32 = 'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L';

/**
 * Opens by the cryptography of Node itself: a gallery is thousands of files, and each takes a tenth of the time that it takes
 * in JavaScript.
 * @param identity "AGE-SECRET-KEY-1…", known to be sound.
 * @returns what opens, or throws a plain Error for anything that was not encrypted to the identity or was changed.
 */
function nativeOpener(identity: string): (bytes: Uint8Array) => Buffer {
  const own = createPrivateKey({
    key: Buffer.concat([PRIVATE, scalarOf(identity)]),
    format: 'der',
    type: 'pkcs8',
  });
  const recipient = rawPublic(own);
  return (bytes) => {
    const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const { stanzas, signed, mac, end } = readHeader(all);
    for (const stanza of stanzas) {
      const fileKey = unwrap(stanza, own, recipient);
      if (fileKey === undefined) continue;
      const expected = createHmac('sha256', derive(fileKey, Buffer.alloc(0), 'header'))
        .update(signed)
        .digest();
      if (mac.length !== expected.length || !timingSafeEqual(mac, expected))
        throw new Error('the header was changed');
      return payload(all.subarray(end), fileKey);
    }
    throw new Error('no stanza is for this identity');
  };
}

/** The 52 characters between prefix and checksum hold 5 bits each. */
function scalarOf(identity: string): Buffer {
  let bits = '';
  for (const character of identity.slice('AGE-SECRET-KEY-1'.length, -6))
    bits += BECH32.indexOf(character).toString(2).padStart(5, '0');
  return Buffer.from(
    Array.from({ length: 32 }, (_, at) => Number.parseInt(bits.slice(at * 8, at * 8 + 8), 2)),
  );
}

const rawPublic = (key: KeyObject): Buffer =>
  Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x ?? '', 'base64url');

const derive = (key: Uint8Array, salt: Uint8Array, info: string): Buffer =>
  Buffer.from(hkdfSync('sha256', key, salt, info, 32));

interface Stanza {
  readonly args: readonly string[];
  readonly body: Buffer;
}

function readHeader(all: Buffer) {
  const start = all.subarray(0, MAX_HEADER).indexOf('\n--- ');
  const stop = start === -1 ? -1 : all.indexOf('\n', start + 1);
  if (stop === -1 || stop > MAX_HEADER) throw new Error('no age header');
  // Latin-1 keeps every byte: what is no base64 is refused below, and the MAC covers all of it.
  const text = all.toString('latin1', 0, start + 1);
  if (!text.startsWith(VERSION)) throw new Error('no age header');
  const stanzas: { readonly args: readonly string[]; readonly lines: string[] }[] = [];
  for (const line of text.slice(VERSION.length).split('\n').slice(0, -1))
    if (line.startsWith('-> ')) stanzas.push({ args: line.slice(3).split(' '), lines: [] });
    else stanzas.at(-1)?.lines.push(line);
  return {
    stanzas: stanzas.map(({ args, lines }) => ({ args, body: base64(lines.join('')) })),
    signed: all.subarray(0, start + '\n---'.length),
    mac: base64(all.toString('latin1', start + '\n--- '.length, stop)),
    end: stop + 1,
  };
}

/** Without padding, and in the one form that there is for these bytes. */
function base64(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64').replace(/=+$/, '') !== text) throw new Error('no base64');
  return bytes;
}

/** @returns undefined for a stanza of another recipient. */
function unwrap({ args, body }: Stanza, own: KeyObject, recipient: Buffer): Buffer | undefined {
  const [kind, text = '', ...more] = args;
  if (kind !== 'X25519') return undefined;
  const share = base64(text);
  if (more.length > 0 || share.length !== 32 || body.length !== 32) throw new Error('no X25519 stanza');
  const publicKey = createPublicKey({ key: Buffer.concat([PUBLIC, share]), format: 'der', type: 'spki' });
  // OpenSSL refuses a share of small order, whose secret is public.
  const secret = diffieHellman({ privateKey: own, publicKey });
  const key = derive(secret, Buffer.concat([share, recipient]), X25519);
  try {
    return open(key, Buffer.alloc(12), body);
  } catch {
    // A tag that does not fit is a stanza for another device.
    return undefined;
  }
}

function payload(bytes: Buffer, fileKey: Buffer): Buffer {
  const chunks = bytes.subarray(NONCE);
  if (bytes.length < NONCE + TAG) throw new Error('cut short');
  const key = derive(fileKey, bytes.subarray(0, NONCE), 'payload');
  const count = Math.ceil(chunks.length / (CHUNK + TAG));
  const plain: Buffer[] = [];
  for (let at = 0; at < count; at += 1) {
    const chunk = chunks.subarray(at * (CHUNK + TAG), (at + 1) * (CHUNK + TAG));
    // Eleven bytes count, the twelfth marks the last: none can be cut off or moved.
    const nonce = Buffer.alloc(12);
    nonce.writeUInt32BE(at, 7);
    nonce[11] = at === count - 1 ? 1 : 0;
    const part = open(key, nonce, chunk);
    if (part.length === 0 && at > 0) throw new Error('an empty last chunk');
    plain.push(part);
  }
  return Buffer.concat(plain);
}

function open(key: Buffer, nonce: Buffer, sealed: Buffer): Buffer {
  if (sealed.length < TAG) throw new Error('cut short');
  const decipher = createDecipheriv('chacha20-poly1305', key, nonce, { authTagLength: TAG });
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG));
  return Buffer.concat([decipher.update(sealed.subarray(0, sealed.length - TAG)), decipher.final()]);
}
