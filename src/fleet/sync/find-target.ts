/** Finds a target in the repository, by who vouches for it, or in the metadata that is stored. */
import { createHash } from 'node:crypto';
import type { TargetFile } from '@tufjs/models';
import { siteRole } from '../segments/manifest.js';
import { expectSigned, readRoot, readTargets } from '../tuf/metadata.js';
import { refused } from '../tuf/refusal.js';
import { expectTarget, type Trusted } from '../tuf/trusted.js';
import { type RefreshDependencies, refreshRole } from './refresh-trust.js';

/** As in the reference client of TUF. */
const MAX_DELEGATIONS = 32;

/** Pre-order, depth first; a terminating delegation ends the search (TUF 5.6.7). */
export async function findTarget(
  dependencies: RefreshDependencies,
  start: Trusted,
  path: string,
  signal?: AbortSignal,
): Promise<{ readonly trusted: Trusted; readonly target: TargetFile } | undefined> {
  let trusted = start;
  const toVisit: (readonly [role: string, delegator: string])[] = [['targets', 'root']];
  const visited = new Set<string>();
  while (visited.size <= MAX_DELEGATIONS) {
    const next = toVisit.pop();
    if (next === undefined) return undefined;
    const [role, delegator] = next;
    if (visited.has(role)) continue;
    if (role !== 'targets') trusted = await refreshRole(dependencies, trusted, { role, delegator }, signal);
    visited.add(role);
    const signed = trusted.targets.get(role)?.metadata.signed;
    const found =
      signed !== undefined && Object.hasOwn(signed.targets, path) ? signed.targets[path] : undefined;
    if (found !== undefined) return { trusted, target: found };
    const below: (readonly [string, string])[] = [];
    for (const child of signed?.delegations?.rolesForTarget(path) ?? []) {
      below.push([child.role, role]);
      if (child.terminating) {
        toVisit.length = 0;
        break;
      }
    }
    toVisit.push(...below.reverse());
  }
  return undefined;
}

/** @param folder of the targets, with a slash at the end. @throws TwinstileError 'fleet-refused' | 'fleet-unreachable'. */
export async function fetchTarget(
  { source, folder }: Pick<RefreshDependencies, 'source' | 'folder'>,
  trusted: Trusted,
  target: TargetFile,
  signal?: AbortSignal,
): Promise<Buffer> {
  const name = fileOf(target, trusted.root.metadata.signed.consistentSnapshot);
  const bytes = await source.fetch(`${folder}${name}`, target.length, signal);
  if (bytes === undefined) throw refused(`${name} in the repository`, 'nothing');
  expectTarget(target, bytes, (algorithm) => createHash(algorithm).update(bytes).digest('hex'));
  return bytes;
}

function fileOf({ path, hashes }: TargetFile, isConsistent: boolean): string {
  const hash = hashes.sha256 ?? hashes.sha512;
  if (!isConsistent || hash === undefined) return path;
  const slash = path.lastIndexOf('/') + 1;
  return `${path.slice(0, slash)}${hash}.${path.slice(slash)}`;
}

/**
 * Looks up a target in the verified and stored metadata, without another request to the repository within the same cycle.
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
