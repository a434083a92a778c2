/** Folders on disk: whether there is space, whose the files in them are, and a private one for temporary files. */
import { lchown, lstat, mkdir, mkdtemp, readdir, stat, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { TwinstileError } from '../base/errors.js';
import { systemReason } from '../base/system-error.js';

/** The journal of a busy week fits in here, so that there is time to free space. */
const FULL_BELOW = 50_000_000;
/** More than this is no longer full: a disk at the limit must not be news every ten seconds. */
const WELL_ABOVE = 60_000_000;

/** @returns whether it counts as full now. @param free in bytes; absent: cannot be learned, so nothing changes. */
export function isFullNow(wasFull: boolean, free: number | undefined): boolean {
  if (free === undefined) return wasFull;
  return free < (wasFull ? WELL_ABOVE : FULL_BELOW);
}

/** Bytes that this user can still write there; undefined when the folder cannot be asked. */
export async function freeSpace(folder: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    // A disk that cannot be asked shows in the journal soon enough.
    return undefined;
  }
}

/**
 * Gives what root made to the owner of its folder: an administrator must not lock the service out of its own files. A link is
 * not followed: the owner of the folder could name any file by one.
 */
export async function giveToOwnerOf(folder: string, file: string): Promise<void> {
  if (process.geteuid?.() !== 0) return;
  const { uid, gid } = await stat(folder);
  if ((await lstat(file)).uid !== uid) await lchown(file, uid, gid);
}

/**
 * Makes a folder and what is missing above it, each given to the owner of the one above. Node's own `recursive` tries for ever
 * where a folder that is there takes none into it (/proc, some network shares).
 * @throws what the system reports.
 */
export async function makeFolder(folder: string, mode = 0o700): Promise<void> {
  const place = path.resolve(folder);
  if ((await tryMaking(place, mode)) !== 'no-parent') return;
  const parent = path.dirname(place);
  if (parent !== place) await makeFolder(parent, mode);
  // The parent is there now: what is missing still cannot be made.
  if ((await tryMaking(place, mode)) === 'no-parent') await mkdir(place, { mode });
}

async function tryMaking(place: string, mode: number): Promise<'there' | 'no-parent'> {
  try {
    await mkdir(place, { mode });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return 'no-parent';
    if (code !== 'EEXIST' || !(await stat(place)).isDirectory()) throw error;
    return 'there';
  }
  await giveToOwnerOf(path.dirname(place), place);
  return 'there';
}

/** Names in a folder, none of one that is missing. @throws what the system reports of one that cannot be read: it need not be empty. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Creates a private folder for temporary files; the caller removes it.
 * @throws TwinstileError 'file-refused' where there can be none.
 */
export async function temporaryFolder(prefix: string): Promise<string> {
  const place = tmpdir();
  try {
    return await mkdtemp(path.join(place, prefix));
  } catch (cause) {
    throw new TwinstileError({
      code: 'file-refused',
      message: `Expected a folder for temporary files that can be written at ${place}, got ${systemReason(cause)?.got ?? String(cause)}.`,
      hint: 'Set TMPDIR to a folder that this user can write, and that has room.',
      cause,
    });
  }
}
