/** The repository as a folder that a web server hands out, and the registrar's own copy of the metadata. */
import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { TwinstileError } from '../../base/errors.js';
import {
  readIfPresent,
  syncFolder,
  writeFileAtomically,
  writeWithoutFolderSync,
} from '../../platform/atomic-file.js';
import { makeFolder } from '../../platform/folders.js';
import { readPlainFile } from '../../platform/plain-file.js';
import type { MetadataStore, RepositoryWriter } from '../fleet-ports.js';

/** A root or targets with thousands of devices is far smaller, in bytes. */
const MAX_METADATA = 64 * 1024 * 1024;

export function repositoryFolder(folder: string): RepositoryWriter {
  const touched = new Set<string>();
  return {
    async has(name, size) {
      try {
        return (await stat(path.join(folder, name))).size === size;
      } catch {
        // Whatever makes it invisible: it is written again, and a fault shows then.
        return false;
      }
    },
    put: (name, bytes) =>
      writing(folder, async () => {
        const file = path.join(folder, name);
        if ((await readIfPresent(file))?.equals(bytes) === true) return;
        await writeWithoutFolderSync(file, bytes);
        touched.add(path.dirname(file));
      }),
    flush: () =>
      writing(folder, async () => {
        for (const each of touched) await syncFolder(each);
        touched.clear();
      }),
  };
}

/** Names are the registrar's own; other files are ignored. */
export function metadataFolder(folder: string): MetadataStore {
  return {
    async list() {
      await makeFolder(folder);
      return (await readdir(folder)).filter((name) => /^(\d+\.[^/]+|timestamp)\.json$/.test(name));
    },
    read: (name) => readPlainFile(path.join(folder, name), { maxBytes: MAX_METADATA }),
    write: (name, bytes) => writing(folder, () => writeFileAtomically(path.join(folder, name), bytes)),
  };
}

async function writing<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Nothing could be written below ${folder}: ${cause instanceof Error ? cause.message : String(cause)}.`,
      hint: 'Make room there, or name a folder that this user may write to. What was published before is whole.',
      cause,
    });
  }
}

/** Boxes in the middle of a cycle still ask for what was valid when they began. */
const OLD_VERSIONS = 4;

/** Takes away what no device will ask for any more: a repository that only grows fills its disk. @param keep SHA-256 of every blob that any site still needs, the version before included. @returns how many went. */
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
