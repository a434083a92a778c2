import { join } from 'node:path';
import { TwinstileError } from '../../../base/errors.js';
import { MAX_KEY_FILE, readPlainFile } from '../../../platform/plain-file.js';

/** Locates a secret: a file, or a credential that systemd puts into a folder only this service can read. */
export type SecretPlace = { readonly file: string } | { readonly credential: string };

/** @returns undefined when the group names no place. */
export function placeOf(file: string | undefined, credential: string | undefined): SecretPlace | undefined {
  if (file !== undefined) return { file };
  return credential === undefined ? undefined : { credential };
}

/** @param credentials value of CREDENTIALS_DIRECTORY. @throws TwinstileError 'key-unusable'. */
export function pathOfSecret(place: SecretPlace, credentials: string | undefined): string {
  if ('file' in place) return place.file;
  if (credentials !== undefined) return join(credentials, place.credential);
  throw new TwinstileError({
    code: 'key-unusable',
    message: `Expected the systemd credential ${place.credential}, got no CREDENTIALS_DIRECTORY.`,
    hint: 'Start through systemd with LoadCredential=, or name a key_file.',
  });
}

/** Reads the bytes unchanged. @throws TwinstileError 'key-unusable'. */
export async function readSecret(place: SecretPlace, credentials: string | undefined): Promise<Buffer> {
  const path = pathOfSecret(place, credentials);
  try {
    return await readPlainFile(path, { maxBytes: MAX_KEY_FILE });
  } catch (cause) {
    throw new TwinstileError({
      code: 'key-unusable',
      message: `The secret at ${path} cannot be read.`,
      hint: 'Create the file, or let the service’s user read it.',
      cause,
    });
  }
}
