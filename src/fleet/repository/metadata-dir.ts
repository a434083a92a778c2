/** Trusted metadata in a folder of files, as TUF's own clients keep it; for the conformance suite. */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { wallTime } from '../../base/units.js';
import { writeFileAtomically } from '../../platform/atomic-file.js';
import type { TrustStore } from '../fleet-ports.js';
import { trustedVersionsOf } from '../tuf/versions-of.js';

export function metadataDir(folder: string): TrustStore {
  const read = async (): Promise<Map<string, Buffer>> => {
    await mkdir(folder, { recursive: true });
    const pieces = new Map<string, Buffer>();
    for (const name of await readdir(folder))
      if (name.endsWith('.json') && !/^\d+\./.test(name))
        pieces.set(
          decodeURIComponent(name.slice(0, -'.json'.length)),
          await readFile(path.join(folder, name)),
        );
    return pieces;
  };
  return {
    async load() {
      const pieces = await read();
      return { pieces, trustedVersions: trustedVersionsOf(pieces), trustedTime: wallTime(0) };
    },
    async save({ pieces }) {
      const before = await read();
      for (const [role, bytes] of pieces)
        if (before.get(role)?.equals(bytes) !== true)
          await writeFileAtomically(path.join(folder, `${encodeURIComponent(role)}.json`), bytes);
    },
  };
}
