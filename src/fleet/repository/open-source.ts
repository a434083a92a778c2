/** Opens a repository by its address: behind http or https, or in a folder. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { TwinstileError } from '../../base/errors.js';
import { showAddress } from '../../base/shown-address.js';
import { readPlainFile } from '../../platform/plain-file.js';
import { proxyFor } from '../../platform/web-get.js';
import type { FleetSource } from '../fleet-ports.js';
import { refused } from '../tuf/refusal.js';
import { httpSource } from './http-source.js';

/** @param source "https://…", "http://…", or a folder. */
export function openFleetSource(source: string, env: NodeJS.ProcessEnv): FleetSource {
  if (!/^https?:\/\//.test(source)) return folderSource(path.resolve(source));
  const written = source.endsWith('/') ? source : `${source}/`;
  if (!URL.canParse(written))
    throw new TwinstileError({
      code: 'config-invalid',
      message: `Expected https://HOST/PATH as gallery.fleet.source, got ${showAddress(written)}.`,
      hint: 'Correct it; / ? # and @ of a login are written as %2F %3F %23 and %40.',
    });
  const base = new URL(written);
  return httpSource(base, proxyFor(base, env));
}

/** A repository in a folder: a USB stick, or a share. */
export function folderSource(folder: string): FleetSource {
  return {
    async fetch(name, most) {
      const file = path.join(folder, ...name.split('/'));
      // A name that leads elsewhere can only come from a malicious repository.
      if (!file.startsWith(path.join(folder, path.sep))) throw refused('a file of the repository', name);
      try {
        return await readPlainFile(file, { maxBytes: most, refuse: refused });
      } catch (cause) {
        if (cause instanceof TwinstileError) throw cause;
        if (isMissing(cause) && (await isThere(folder))) return undefined;
        throw new TwinstileError({
          code: 'fleet-unreachable',
          message: `The repository in ${folder} has no readable ${name}.`,
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
  stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
