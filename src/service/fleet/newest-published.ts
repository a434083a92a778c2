/** Determines the newest version of a site's gallery in a repository. */

import { TwinstileError } from '../../base/errors.js';
import type { WallTime } from '../../base/units.js';
import { wallTime } from '../../base/units.js';
import type { StoredTrust, TrustStore } from '../../fleet/fleet-ports.js';
import { openFleetSource } from '../../fleet/repository/open-source.js';
import { MAX_MANIFEST, manifestTarget, readManifest } from '../../fleet/segments/manifest.js';
import { fetchTarget, findTarget } from '../../fleet/sync/find-target.js';
import { refreshTrust } from '../../fleet/sync/refresh-trust.js';
import { refused } from '../../fleet/tuf/refusal.js';
import { NO_TRUSTED_VERSIONS } from '../../fleet/tuf/trusted-versions.js';
import { MAX_KEY_FILE, readPlainFile } from '../../platform/plain-file.js';

export interface RepositoryQuestion {
  /** "https://…", "http://…", or a folder. */
  readonly repository: string;
  /** Trusted root; absent: the repository's own first root is trusted. */
  readonly root?: Uint8Array;
  readonly now: WallTime;
  readonly env: NodeJS.ProcessEnv;
}

/** Limit of roots: 10 KB each; the same bound as for the roots that follow it. */
const MAX_ROOT = 512_000;

/** @throws TwinstileError 'fleet-refused' | 'fleet-expired' | 'fleet-unreachable'. */
export async function newestPublished(
  site: string,
  { repository, root, now, env }: RepositoryQuestion,
): Promise<number> {
  const source = openFleetSource(repository, env);
  try {
    const seedRoot = root ?? (await source.fetch('metadata/1.root.json', MAX_ROOT));
    if (seedRoot === undefined) throw refused(`a repository at ${repository}`, 'none');
    const parts = { source, store: forgetful(), seedRoot, clock: now, folder: 'metadata/' };
    const found = await findTarget(parts, await refreshTrust(parts), manifestTarget(site));
    if (found === undefined) throw refused(`a gallery of site ${site} in the repository`, 'none');
    if (found.target.length > MAX_MANIFEST)
      throw refused('a manifest of up to 1 MB', `${found.target.length} bytes`);
    const bytes = await fetchTarget({ source, folder: 'targets/' }, found.trusted, found.target);
    return readManifest(bytes, site).serial;
  } finally {
    await source.close();
  }
}

/** Keeps no state: the trusted versions are dropped after the query. */
function forgetful(): TrustStore {
  let trust: StoredTrust = {
    pieces: new Map(),
    trustedVersions: NO_TRUSTED_VERSIONS,
    trustedTime: wallTime(0),
  };
  return {
    load: async () => trust,
    save: async (next) => {
      trust = next;
    },
  };
}

/** Reads the root that a device or an office trusts first. @throws TwinstileError 'key-unusable', with the hint given. */
export async function readRootFile(file: string, hint: string): Promise<Buffer> {
  try {
    return await readPlainFile(file, { maxBytes: MAX_KEY_FILE });
  } catch (cause) {
    throw new TwinstileError({
      code: 'key-unusable',
      message: `The root of the fleet at ${file} cannot be read.`,
      hint,
      cause,
    });
  }
}
