/** Takes away what no device will ask for any more: a repository that only grows fills its disk. */
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';

/** Boxes in the middle of a cycle still ask for what was valid when they began. */
const OLD_VERSIONS = 4;

/** @param keep SHA-256 of every blob that any site still needs, the version before included. @returns how many went. */
export async function pruneBlobs(out: string, keep: ReadonlySet<string>): Promise<number> {
  let gone = 0;
  // Whatever is not named like a blob is not ours.
  for (const folder of await names(path.join(out, 'blobs')))
    for (const name of await names(path.join(out, 'blobs', folder)))
      if (/^[0-9a-f]{64}$/.test(name) && !keep.has(name)) {
        await rm(path.join(out, 'blobs', folder, name), { force: true });
        gone += 1;
      }
  return gone;
}

/** Roots stay all: a box that was off for years follows them one after the other. */
export async function pruneMetadata(folder: string): Promise<void> {
  const versions = new Map<string, number[]>();
  for (const name of await names(folder)) {
    const [, version, role] = /^(\d+)\.(.+)\.json$/.exec(name) ?? [];
    if (version === undefined || role === undefined || role === 'root') continue;
    versions.set(role, [...(versions.get(role) ?? []), Number(version)]);
  }
  for (const [role, all] of versions)
    for (const version of all.sort((a, b) => b - a).slice(OLD_VERSIONS))
      await rm(path.join(folder, `${version}.${role}.json`), { force: true });
}

async function names(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}
