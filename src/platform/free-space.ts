/** Is the disk of the data about to be full? */
import { statfs } from 'node:fs/promises';

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
