/**
 * Keeps old metadata from being accepted again: the versions that were already seen, the time, and how old a gallery may be.
 * Stored apart from the metadata itself, so that files that are lost or damaged do not make old ones acceptable.
 */
import type { Root } from '@tufjs/models';
import { z } from 'zod';
import { TwinstileError } from '../../base/errors.js';
import { type Millis, type WallTime, wallTime } from '../../base/units.js';
import { readRoot, readSnapshot, readTimestamp } from './metadata.js';

const version = z.int().min(0);
export const trustedVersionsSchema = z.strictObject({
  /** Of the keys that signed timestamp and snapshot. */
  keys: z.string(),
  root: version,
  timestamp: version,
  snapshot: version,
  /** "targets.json" and each delegated role, as the snapshot lists them. */
  roles: z.record(z.string(), version),
});
export type TrustedVersions = z.infer<typeof trustedVersionsSchema>;

export const NO_TRUSTED_VERSIONS: TrustedVersions = {
  keys: '',
  root: 0,
  timestamp: 0,
  snapshot: 0,
  roles: {},
};

function keysOf({ roles }: Root): string {
  return JSON.stringify(['timestamp', 'snapshot'].map((role) => [...(roles[role]?.keyIDs ?? [])].sort()));
}

/**
 * New keys for timestamp or snapshot reset the trusted versions: a thief of the old keys may have driven the versions up to
 * where no honest one follows (TUF 5.3.11). The root's stays.
 */
export function trustedVersionsUnder(root: Root, trustedVersions: TrustedVersions): TrustedVersions {
  const keys = keysOf(root);
  const raised = { ...trustedVersions, root: Math.max(trustedVersions.root, root.version) };
  return trustedVersions.keys === keys || trustedVersions.keys === ''
    ? { ...raised, keys }
    : { ...NO_TRUSTED_VERSIONS, keys, root: raised.root };
}

/** Reads the trusted versions from the stored metadata itself: for a store that keeps nothing else. */
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

/** From the newest timestamp that was ever taken. */
export interface GalleryFreshness {
  readonly signedAt: WallTime;
  readonly expires: WallTime;
}

/** 'ageing' is an alarm and changes nothing at the gate. */
export type FreshnessState = 'fresh' | 'ageing' | 'expired';

/**
 * How old may what is known of the gallery be? The badge modes are the site's to choose; a face alone ends here.
 * Pure. Asks for proof: without a timestamp, or with numbers that make no sense, a gallery is expired.
 * @param now never before the largest signed time that was ever seen: see `trustedTimeOf`.
 * @param grace after expiry, 0 or more.
 */
export function freshnessStateOf(
  freshness: GalleryFreshness | undefined,
  now: WallTime,
  grace: Millis,
): FreshnessState {
  if (freshness === undefined) return 'expired';
  const { signedAt, expires } = freshness;
  if (now <= signedAt + (expires - signedAt) / 2) return 'fresh';
  return now <= expires + grace ? 'ageing' : 'expired';
}

/**
 * A box without a battery starts in 1970, and a clock that is set back could make old metadata valid again. Time here
 * is never before the largest time that was ever signed by the fleet; it is kept with the gallery and survives reboots.
 */
export const trustedTimeOf = (clock: WallTime, trustedTime: WallTime): WallTime =>
  wallTime(Number.isFinite(clock) ? Math.max(clock, trustedTime) : trustedTime);
