/** The repository as a folder that a web server hands out, and the registrar's own copy of the metadata. */
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { TwinstileError } from '../../base/errors.js';
import {
  readIfPresent,
  syncFolder,
  writeFileAtomically,
  writeWithoutFolderSync,
} from '../../platform/atomic-file.js';
import type { MetadataStore, RepositoryWriter } from '../fleet-ports.js';

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
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return (await readdir(folder)).filter((name) => /^(\d+\.[^/]+|timestamp)\.json$/.test(name));
    },
    read: (name) => readFile(path.join(folder, name)),
    write: (name, bytes) => writing(folder, () => writeFileAtomically(path.join(folder, name), bytes)),
  };
}

async function writing<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected to write below ${folder}, got: ${cause instanceof Error ? cause.message : String(cause)}.`,
      hint: 'Make room there, or name a folder that this user may write to. What was published before is whole.',
      cause,
    });
  }
}
