/** The keys of `twinstile gate`: those that grants are checked with, and the one that answers are signed with. */
import { TwinstileError } from '../../base/errors.js';
import type { GateSigner } from '../../gate/protocol/answer-writer.js';
import {
  type SigningKey,
  signingKey,
  type VerifyingKey,
  verifyingKey,
} from '../../gate/protocol/signature.js';
import { MAX_KEY_FILE, readPlainFile } from '../../platform/plain-file.js';
import type { GateOptions } from './gate-options.js';

interface GateKeys {
  readonly verifying: readonly VerifyingKey[];
  readonly signer: GateSigner;
}

/** @throws TwinstileError 'key-unusable', or 'bad-arguments' when nothing can sign the answers. */
export async function readGateKeys({ keys, protocol, signKey }: GateOptions): Promise<GateKeys> {
  const read = await Promise.all(
    keys.map(async ({ id, file }) => {
      const content = await contentOf(`the key ${id}`, file, 'Copy the .pub file of the lane there.');
      // The file itself shows its kind: 32 bytes are an HMAC key, everything else must be a public key.
      const isShared = content.length === 32;
      const verifying = verifyingKey(id, isShared ? 'hmac-sha256' : 'ed25519', content);
      return isShared ? { verifying, shared: signingKey(id, 'hmac-sha256', content) } : { verifying };
    }),
  );
  const verifying = read.map((one) => one.verifying);
  const shared = read.flatMap((one) => one.shared ?? []);
  if (protocol === 1) return { verifying, signer: { protocol, shared } };
  if (signKey !== undefined)
    return { verifying, signer: { protocol, shared, own: await signingKeyIn(signKey) } };
  if (shared.length > 0) return { verifying, signer: { protocol, shared } };
  throw new TwinstileError({
    code: 'bad-arguments',
    message: 'Expected --sign-key, got none: the answers of this gate must be signed.',
    hint: 'Make a key with: twinstile keys new gate --out DIR. Only for a lane that cannot check them: --protocol 1.',
  });
}

async function signingKeyIn(file: string): Promise<SigningKey> {
  const content = await contentOf(
    'the key of the gate',
    file,
    'Make one with: twinstile keys new gate --out DIR',
  );
  return signingKey('gate', content.length === 32 ? 'hmac-sha256' : 'ed25519', content);
}

async function contentOf(what: string, file: string, hint: string): Promise<Buffer> {
  try {
    return await readPlainFile(file, { maxBytes: MAX_KEY_FILE });
  } catch (cause) {
    throw new TwinstileError({
      code: 'key-unusable',
      message: `Expected ${what} at ${file}, got nothing readable.`,
      hint,
      cause,
    });
  }
}
