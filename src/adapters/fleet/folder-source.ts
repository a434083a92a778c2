/** A repository in a folder: a USB stick, or a share. */
import { open } from 'node:fs/promises';
import path from 'node:path';
import { TwinstileError } from '../../base/errors.js';
import type { FleetSource } from '../../ports/fleet.js';
import { refused } from '../../sync/refusal.js';

export function folderSource(folder: string): FleetSource {
  return {
    async fetch(name, most) {
      const file = path.join(folder, ...name.split('/'));
      // A name that leads elsewhere can only come from a repository that nobody should believe.
      if (!file.startsWith(path.join(folder, path.sep))) throw refused('a file of the repository', name);
      try {
        const handle = await open(file, 'r');
        try {
          const { size } = await handle.stat();
          if (size > most) throw refused(`at most ${most} bytes in ${file}`, `${size}`);
          return await handle.readFile();
        } finally {
          await handle.close();
        }
      } catch (cause) {
        if (cause instanceof TwinstileError) throw cause;
        if (isMissing(cause) && (await isThere(folder))) return undefined;
        throw new TwinstileError({
          code: 'fleet-unreachable',
          message: `Expected the repository in ${folder}, got nothing readable at ${name}.`,
          hint: 'Put the stick in, or correct gallery.fleet.source; the gallery here stays in use.',
          cause,
        });
      }
    },
    close: async () => {},
  };
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');

const isThere = (folder: string): Promise<boolean> =>
  open(folder, 'r').then(
    async (handle) => {
      await handle.close();
      return true;
    },
    () => false,
  );
