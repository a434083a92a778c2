/** Reads the trusted versions from the stored metadata itself: for a store that keeps nothing else. */
import { TwinstileError } from '../../base/errors.js';
import { readRoot, readSnapshot, readTimestamp } from './metadata.js';
import { keysOf, NO_TRUSTED_VERSIONS, type TrustedVersions } from './trusted-versions.js';

export function trustedVersionsOf(pieces: ReadonlyMap<string, Buffer>): TrustedVersions {
  const root = attempt(() => readRoot(pieces.get('root') ?? Buffer.alloc(0)));
  if (root === undefined) return NO_TRUSTED_VERSIONS;
  const timestamp = attempt(() => readTimestamp(pieces.get('timestamp') ?? Buffer.alloc(0)));
  const snapshot = attempt(() => readSnapshot(pieces.get('snapshot') ?? Buffer.alloc(0)));
  const { meta = {}, version = 0 } = snapshot?.metadata.signed ?? {};
  return {
    keys: keysOf(root.metadata.signed),
    root: root.metadata.signed.version,
    timestamp: timestamp?.metadata.signed.version ?? 0,
    snapshot: Math.max(version, timestamp?.metadata.signed.snapshotMeta.version ?? 0),
    roles: Object.fromEntries(Object.entries(meta).map(([file, one]) => [file, one.version])),
  };
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    // Damaged: it has no version, and is fetched again.
    if (error instanceof TwinstileError) return undefined;
    throw error;
  }
}
