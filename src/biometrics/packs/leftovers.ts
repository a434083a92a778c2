/** What did an install that was killed leave behind, and whose is it? */
import { randomUUID } from 'node:crypto';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';

/** `.new-NAME-PID-ID` is being written; `.old-NAME-PID-ID` is being replaced. No pack's name starts with a dot. */
const PATTERN = /^\.(new|old)-(.+)-(\d+)-[0-9a-f]{8}$/;

/** No install takes a day: after that, a living process of the same number is another one. */
const MAX_INSTALL_MS = 86_400_000;

export const asideName = (kind: 'new' | 'old', name: string): string =>
  `.${kind}-${name}-${process.pid}-${randomUUID().slice(0, 8)}`;

/**
 * Puts a pack back that was moved aside and not yet replaced when its install was killed.
 * @returns whether there is one now.
 */
export async function bringBack(folder: string, name: string): Promise<boolean> {
  for (const entry of await entriesOf(folder)) {
    const [, kind, pack] = PATTERN.exec(entry) ?? [];
    if (kind !== 'old' || pack !== name || (await exists(path.join(folder, name)))) continue;
    // Fails where the folder is read-only: the pack is then missing, as it would be without this.
    const done = await rename(path.join(folder, entry), path.join(folder, name)).then(
      () => true,
      () => false,
    );
    if (done) return true;
  }
  return false;
}

/**
 * Removes what killed installs left, of every pack whose writer is gone. Of this process's own number only those of
 * `name`: one process installs one pack of a name at a time, and in a container the number comes back.
 */
export async function removeLeftovers(folder: string, name: string): Promise<void> {
  for (const entry of await entriesOf(folder)) {
    const [, kind, pack, pid] = PATTERN.exec(entry) ?? [];
    if (pack === undefined || pid === undefined) continue;
    const place = path.join(folder, entry);
    const own = Number(pid) === process.pid;
    if (own ? pack !== name : isAlive(Number(pid)) && !(await isOlderThanADay(place))) continue;
    if (kind === 'old') await bringBack(folder, pack);
    await rm(place, { recursive: true, force: true });
  }
}

async function entriesOf(folder: string): Promise<string[]> {
  // No folder yet: nothing was ever installed there.
  return readdir(folder).catch(() => []);
}

export const exists = (place: string): Promise<boolean> =>
  stat(place).then(
    () => true,
    () => false,
  );

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and belongs to someone else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function isOlderThanADay(place: string): Promise<boolean> {
  const { mtimeMs } = await stat(place).catch(() => ({ mtimeMs: Number.NaN }));
  return Date.now() - mtimeMs > MAX_INSTALL_MS;
}
