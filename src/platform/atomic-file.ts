/**
 * Writes files that are complete or absent, also after a power cut: temporary file, fsync, rename, fsync of the folder.
 *
 * A crash leaves the old file in place. The temporary file has a random name and is opened exclusively, so two writers of one
 * file never share it: the last rename wins.
 */
import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { giveToOwnerOf, makeFolder } from './folders.js';
import { readPlainFile } from './plain-file.js';

/** Creates the folder where it is missing: 0700 for a file that only its owner may read, else 0755. @throws what the system reports. */
export async function writeFileAtomically(
  file: string,
  bytes: Uint8Array | string,
  mode = 0o644,
): Promise<void> {
  await writeWithoutFolderSync(file, bytes, mode);
  await syncFolder(path.dirname(file));
}

/** Refuses a folder that is missing: a mistyped name creates no tree. @throws what the system reports. */
export async function writeIntoExistingFolder(file: string, bytes: Uint8Array | string): Promise<void> {
  await replaceFile(file, bytes, 0o644);
  await syncFolder(path.dirname(file));
}

/** Leaves out the fsync of the folder: for many files, before one that names them. */
export async function writeWithoutFolderSync(
  file: string,
  bytes: Uint8Array | string,
  mode = 0o644,
): Promise<void> {
  await makeFolder(path.dirname(file), mode === 0o600 ? 0o700 : 0o755);
  await replaceFile(file, bytes, mode);
}

async function replaceFile(file: string, bytes: Uint8Array | string, mode: number): Promise<void> {
  const fresh = path.join(path.dirname(file), `.new-${randomBytes(6).toString('hex')}`);
  try {
    const handle = await open(fresh, 'wx', mode);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await giveToOwnerOf(path.dirname(file), fresh);
    await rename(fresh, file);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
}

/** Makes names durable: a renamed file survives a power cut only when its folder was flushed. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The largest that is written here: a network in a release of models. */
const MAX_OWN_FILE = 1024 ** 3;

/** @returns undefined when the file does not exist. @throws TwinstileError 'file-refused' for a pipe, a device or a folder. */
export async function readIfPresent(file: string): Promise<Buffer | undefined> {
  try {
    return await readPlainFile(file, { maxBytes: MAX_OWN_FILE });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
