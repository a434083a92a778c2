/** Looks up a target in the verified and stored metadata, without another request to the repository within the same cycle. */
import type { TargetFile } from '@tufjs/models';
import { readRoot, readTargets } from '../tuf/metadata.js';
import { expectSigned } from '../tuf/signatures.js';
import { siteRole } from './manifest.js';

/**
 * The signatures are looked at again: the pieces come from a disk.
 * @param pieces as they were stored by the cycle before.
 * @returns undefined where nothing of the site is known, or it names no such target. @throws TwinstileError 'fleet-refused'.
 */
export function lookUpTarget(
  pieces: ReadonlyMap<string, Uint8Array>,
  site: string,
  path: string,
): TargetFile | undefined {
  const [root, targets, own] = ['root', 'targets', siteRole(site)].map((role) => pieces.get(role));
  if (root === undefined || targets === undefined || own === undefined) return undefined;
  const { roles, keys } = readRoot(root).metadata.signed;
  const delegator = readTargets(targets);
  expectSigned('targets', delegator.metadata, roles.targets, keys);
  const { delegations } = delegator.metadata.signed;
  const { metadata } = readTargets(own);
  expectSigned(siteRole(site), metadata, delegations?.roles?.[siteRole(site)], delegations?.keys ?? {});
  const { targets: all } = metadata.signed;
  return Object.hasOwn(all, path) ? all[path] : undefined;
}
