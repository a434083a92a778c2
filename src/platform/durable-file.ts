/** A file that is there as a whole or not at all, also after a power cut: temp, fsync, rename, fsync of the folder. */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';

export async function writeFileAtomically(
  file: string,
  bytes: Uint8Array | string,
  mode = 0o644,
): Promise<void> {
  await writeLoose(file, bytes, mode);
  await flushFolder(path.dirname(file));
}

/** Without the folder's fsync: for many files, before one that names them. */
export async function writeLoose(file: string, bytes: Uint8Array | string, mode = 0o644): Promise<void> {
  const folder = path.dirname(file);
  await mkdir(folder, { recursive: true, mode: mode === 0o600 ? 0o700 : 0o755 });
  const fresh = path.join(folder, `.new-${randomBytes(6).toString('hex')}`);
  try {
    const handle = await open(fresh, 'wx', mode);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(fresh, file);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
}

export async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** @returns undefined when there is none. */
export async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
