/**
 * Which versions were already seen? Kept apart from the metadata itself, so that files that are lost or damaged do not
 * make old ones acceptable again.
 */
import type { Root } from '@tufjs/models';
import { z } from 'zod';

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

export function keysOf({ roles }: Root): string {
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
