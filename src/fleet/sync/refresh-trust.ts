/** Refreshes the trusted metadata from the repository: TUF's client workflow over any source and any store. */
import { explain, TwinstileError } from '../../base/errors.js';
import type { WallTime } from '../../base/units.js';
import type { FleetSource, StoredTrust, TrustStore } from '../fleet-ports.js';
import { expiryOf, signedAtOf } from '../tuf/metadata.js';
import { refused } from '../tuf/refusal.js';
import {
  acceptRoot,
  acceptSnapshot,
  acceptTargets,
  acceptTimestamp,
  keepTimestamp,
  metaOf,
  settleRoot,
  type Trusted,
  trustFirst,
} from '../tuf/trusted.js';
import { trustedTimeOf } from '../tuf/trusted-versions.js';

export interface RefreshDependencies {
  readonly source: FleetSource;
  readonly store: TrustStore;
  /** The root that came with the box: where all trust begins, and where it begins again. */
  readonly seedRoot: Uint8Array;
  readonly clock: WallTime;
  /** Below the source, with a slash at the end, or ''. */
  readonly folder: string;
  /** Something was damaged and could be replaced. */
  readonly onRepair?: (detail: string) => void;
}

/** As in the reference client of TUF. */
const MAX_BYTES = { root: 512_000, timestamp: 16_384, snapshot: 2_000_000, targets: 5_000_000 };
const MAX_ROOTS = 256;

/**
 * Up to 'targets'. What was verified is stored step by step, so that it holds although a later step fails.
 * @throws TwinstileError 'fleet-refused' | 'fleet-expired' | 'fleet-unreachable' | 'stopped'.
 */
export async function refreshTrust(
  dependencies: RefreshDependencies,
  signal?: AbortSignal,
): Promise<Trusted> {
  const { source, store, folder } = dependencies;
  const stored = await store.load();
  const now = trustedTimeOf(dependencies.clock, stored.trustedTime);
  const fetch = async (name: string, most: number): Promise<Buffer> => {
    const bytes = await source.fetch(`${folder}${name}`, most, signal);
    if (bytes === undefined) throw refused(`${name} in the repository`, 'nothing');
    return bytes;
  };
  const keep = (trusted: Trusted): Promise<void> => store.save(storedAfter(trusted, stored));
  let trusted = initialTrust(dependencies, stored);
  for (let count = 0; ; count += 1) {
    const version = trusted.root.metadata.signed.version + 1;
    if (count === MAX_ROOTS) throw refused(`at most ${MAX_ROOTS} new roots at once`, 'more');
    const bytes = await source.fetch(`${folder}${version}.root.json`, MAX_BYTES.root, signal);
    if (bytes === undefined) break;
    trusted = acceptRoot(trusted, bytes);
    await keep(trusted);
  }
  trusted = settleRoot(trusted, now);
  await keep(trusted);
  trusted = withOldTimestamp(trusted, stored, dependencies.onRepair);
  const bytes = await fetch('timestamp.json', MAX_BYTES.timestamp);
  const before = trusted.timestamp?.metadata.signed.version;
  const next = acceptTimestamp(trusted, bytes, now);
  // The same version again has nothing new, whatever its bytes are.
  if (next.timestamp?.metadata.signed.version !== before) {
    trusted = next;
    await keep(trusted);
  } else trusted = acceptTimestamp(trusted, trusted.timestamp?.bytes ?? bytes, now);
  trusted = await takeStoredOr(
    stored.pieces.get('snapshot'),
    (piece) => acceptSnapshot(trusted, piece, now),
    async () => {
      const meta = trusted.timestamp?.metadata.signed.snapshotMeta;
      return fetch(nameOf(trusted, 'snapshot', meta?.version ?? 0), meta?.length ?? MAX_BYTES.snapshot);
    },
  );
  await keep(trusted);
  return withRole({ ...dependencies, signal, stored, now }, trusted, 'targets', undefined);
}

/** One delegated role more. */
export async function refreshRole(
  dependencies: RefreshDependencies,
  trusted: Trusted,
  { role, delegator }: { readonly role: string; readonly delegator: string },
  signal?: AbortSignal,
): Promise<Trusted> {
  const stored = await dependencies.store.load();
  const now = trustedTimeOf(dependencies.clock, stored.trustedTime);
  return withRole({ ...dependencies, signal, stored, now }, trusted, role, delegator);
}

interface RoleDependencies extends RefreshDependencies {
  readonly signal: AbortSignal | undefined;
  readonly stored: StoredTrust;
  readonly now: WallTime;
}

async function withRole(
  { source, store, folder, signal, stored, now }: RoleDependencies,
  trusted: Trusted,
  role: string,
  delegator: string | undefined,
): Promise<Trusted> {
  const meta = metaOf(trusted, role);
  const next = await takeStoredOr(
    stored.pieces.get(role),
    (piece) => acceptTargets(trusted, { role, delegator }, piece, now),
    async () => {
      const name = nameOf(trusted, role, meta.version);
      const bytes = await source.fetch(`${folder}${name}`, meta.length ?? MAX_BYTES.targets, signal);
      if (bytes === undefined) throw refused(`${name} in the repository`, 'nothing');
      return bytes;
    },
  );
  await store.save(storedAfter(next, stored));
  return next;
}

/** What is here may still be good; if not, it is fetched. */
async function takeStoredOr(
  storedBytes: Buffer | undefined,
  take: (bytes: Buffer) => Trusted,
  fetch: () => Promise<Buffer>,
): Promise<Trusted> {
  if (storedBytes !== undefined)
    try {
      return take(storedBytes);
    } catch (error) {
      // An older one, or a damaged one: either way the repository has the right one.
      if (!(error instanceof TwinstileError)) throw error;
    }
  return take(await fetch());
}

/** A kept root that is damaged is replaced by the one that came with the box; the versions that were seen still hold. */
function initialTrust(
  { seedRoot, onRepair }: RefreshDependencies,
  { pieces, trustedVersions }: StoredTrust,
): Trusted {
  const kept = pieces.get('root');
  let seed: Trusted | undefined;
  if (kept !== undefined)
    try {
      const trusted = trustFirst(kept, trustedVersions);
      // A newer one that was installed on the box by hand goes first.
      seed = trustFirst(seedRoot, trustedVersions);
      if (trusted.root.metadata.signed.version >= seed.root.metadata.signed.version) return trusted;
    } catch (error) {
      if (!(error instanceof TwinstileError)) throw error;
      onRepair?.(`the root that was kept here: ${explain(error)}`);
    }
  return seed ?? trustFirst(seedRoot, trustedVersions);
}

function withOldTimestamp(
  trusted: Trusted,
  { pieces }: StoredTrust,
  onRepair: ((detail: string) => void) | undefined,
): Trusted {
  const old = pieces.get('timestamp');
  if (old === undefined) return trusted;
  try {
    return keepTimestamp(trusted, old);
  } catch (error) {
    // Damaged, or signed by keys that are gone. The versions it named are in the trusted versions.
    if (!(error instanceof TwinstileError)) throw error;
    onRepair?.(`the timestamp that was kept here: ${explain(error)}`);
    return trusted;
  }
}

const nameOf = ({ root }: Trusted, role: string, version: number): string =>
  `${root.metadata.signed.consistentSnapshot ? `${version}.` : ''}${encodeURIComponent(role)}.json`;

/** The pieces that are trusted now; of the others, those that were kept. */
function storedAfter(trusted: Trusted, stored: StoredTrust): StoredTrust {
  const { root, timestamp, snapshot, targets, trustedVersions } = trusted;
  const pieces = new Map(stored.pieces);
  pieces.set('root', root.bytes);
  if (timestamp !== undefined) pieces.set('timestamp', timestamp.bytes);
  if (snapshot !== undefined) pieces.set('snapshot', snapshot.bytes);
  for (const [role, { bytes }] of targets) pieces.set(role, bytes);
  const signedAt = timestamp === undefined ? undefined : signedAtOf(timestamp);
  const freshness =
    timestamp === undefined || signedAt === undefined
      ? stored.freshness
      : { signedAt, expires: expiryOf(timestamp) };
  return {
    pieces,
    trustedVersions,
    trustedTime: trustedTimeOf(signedAt ?? stored.trustedTime, stored.trustedTime),
    freshness,
  };
}

/** For callers that store more in the same transaction. */
export const trustAfter = storedAfter;
