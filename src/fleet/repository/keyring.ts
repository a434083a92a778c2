/** Ed25519 keys that sign metadata: one PEM file each, which only its owner can read. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { TwinstileError } from '../../base/errors.js';
import { giveToOwnerOf, makeFolder, namesIn } from '../../platform/folders.js';
import { MAX_KEY_FILE, readPlainFile } from '../../platform/plain-file.js';
import { ed25519Key, type Signer } from '../tuf/signing.js';

export interface NamedSigner extends Signer {
  /** "root-1": the role and a number. */
  readonly name: string;
}

/** A file that is there is never overwritten. @throws TwinstileError 'bad-arguments'. */
export async function newSigner(folder: string, name: string): Promise<NamedSigner> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const file = path.join(folder, `${name}.pem`);
  try {
    await makeFolder(folder);
    const handle = await open(file, 'wx', 0o600);
    try {
      await handle.writeFile(privateKey.export({ type: 'pkcs8', format: 'pem' }));
      await handle.sync();
      await giveToOwnerOf(folder, file);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected room for a new key at ${file}, got one that is there or a folder that cannot be written.`,
      hint: 'Keys are never overwritten: name another folder.',
      cause,
    });
  }
  return signerOf(name, privateKey);
}

/** Every key of a folder, by name; none where there is no folder. @throws TwinstileError 'key-unusable'. */
export async function readSigners(folder: string): Promise<readonly NamedSigner[]> {
  const names = await namesIn(folder);
  const signers: NamedSigner[] = [];
  for (const file of names.filter((each) => each.endsWith('.pem')).sort())
    signers.push(signerOf(file.slice(0, -'.pem'.length), await readKey(path.join(folder, file))));
  return signers;
}

async function readKey(file: string): Promise<KeyObject> {
  try {
    const key = createPrivateKey(await readPlainFile(file, { maxBytes: MAX_KEY_FILE }));
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // OpenSSL's reason may quote the file; a key file is never quoted.
  }
  throw new TwinstileError({
    code: 'key-unusable',
    message: `Expected an Ed25519 private key (PEM) in ${file}, got something else.`,
    hint: 'Put the key back from its backup, or take the file away and rotate: twinstile gallery keys rotate',
  });
}

function signerOf(name: string, key: KeyObject): NamedSigner {
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  return { name, key: ed25519Key(Buffer.from(x, 'base64url')), sign: (bytes) => sign(null, bytes, key) };
}
