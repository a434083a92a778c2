/** Who may sign what: the root and the delegations of a fleet, made and changed with keys that otherwise lie in a safe. */
import { type Key, Root, Targets } from '@tufjs/models';
import { TwinstileError } from '../../base/errors.js';
import { type WallTime, wallTime } from '../../base/units.js';
import type { MetadataStore } from '../fleet-ports.js';
import { siteRole } from '../segments/manifest.js';
import { readRoot, readTargets } from '../tuf/metadata.js';
import { type Signer, SPEC_VERSION, signedBytes, tufTime } from '../tuf/signing.js';
import { type Lifetimes, newest, noRoot, signTargets } from './sign-metadata.js';

export type TopRole = 'root' | 'targets' | 'snapshot' | 'timestamp';

export interface Assignment {
  readonly keys: readonly Key[];
  readonly threshold: number;
}

export interface CeremonyDependencies {
  readonly folder: MetadataStore;
  readonly now: WallTime;
  readonly lifetimes: Lifetimes;
  /** Every private key that is at hand; those that may not sign are not used. */
  readonly signers: readonly Signer[];
}

/** @throws TwinstileError 'bad-arguments' when there is a root already. */
export async function initFleet(
  dependencies: CeremonyDependencies,
  roles: Readonly<Record<TopRole, Assignment>>,
): Promise<Buffer> {
  if ((await newest(dependencies.folder, 'root')) !== undefined)
    throw new TwinstileError({
      code: 'bad-arguments',
      message: 'Expected a folder without a fleet, got one with a root in it.',
      hint: 'Change its keys with: twinstile gallery keys rotate',
    });
  return writeRoot(dependencies, 1, roles, undefined);
}

/**
 * The next root: signed by enough of the old keys and enough of the new ones. Also renews its expiry.
 * @throws TwinstileError 'key-unusable' when too few of the keys are at hand.
 */
export async function changeRoot(
  dependencies: CeremonyDependencies,
  change: Partial<Readonly<Record<TopRole, Assignment>>>,
): Promise<Buffer> {
  const old = await rootOf(dependencies.folder);
  const roles = {
    root: change.root ?? assignmentIn(old, 'root'),
    targets: change.targets ?? assignmentIn(old, 'targets'),
    snapshot: change.snapshot ?? assignmentIn(old, 'snapshot'),
    timestamp: change.timestamp ?? assignmentIn(old, 'timestamp'),
  };
  return writeRoot(dependencies, old.version + 1, roles, assignmentIn(old, 'root'));
}

/** Delegates a site to its keys, or gives it new ones; also renews the expiry of the delegations. */
export async function delegateSite(
  dependencies: CeremonyDependencies,
  site: string | undefined,
  { keys, threshold }: Assignment,
): Promise<void> {
  const root = await rootOf(dependencies.folder);
  const role = assignmentIn(root, 'targets');
  await signTargets(
    dependencies,
    {
      role: 'targets',
      signers: signersIn(dependencies.signers, role, 'targets'),
      lifetime: dependencies.lifetimes.targets,
    },
    (before) => {
      const { roles: old = {}, keys: oldKeys = {} } = before?.delegations ?? {};
      const all = new Map(Object.entries(oldKeys));
      const roles = new Map(Object.entries(old).map(([name, role]) => [name, role.toJSON()]));
      if (site !== undefined) {
        for (const key of keys) all.set(key.keyID, key);
        const name = siteRole(site);
        roles.set(name, {
          name,
          keyids: keys.map(({ keyID }) => keyID),
          threshold,
          terminating: true,
          paths: [`site/${site}/*`],
        });
      }
      const used = [...all].filter(([id]) => JSON.stringify([...roles.values()]).includes(id));
      return Targets.fromJSON({
        spec_version: SPEC_VERSION,
        version: 1,
        expires: '2000-01-01T00:00:00Z',
        targets: before?.toJSON().targets ?? {},
        delegations: {
          keys: Object.fromEntries(used.map(([id, key]) => [id, key.toJSON()])),
          roles: [...roles.values()],
        },
      });
    },
  );
}

async function writeRoot(
  { folder, now, lifetimes, signers }: CeremonyDependencies,
  version: number,
  roles: Readonly<Record<TopRole, Assignment>>,
  before: Assignment | undefined,
): Promise<Buffer> {
  const keys = Object.values(roles).flatMap((one) => one.keys);
  const root = Root.fromJSON({
    spec_version: SPEC_VERSION,
    version,
    expires: tufTime(wallTime(now + lifetimes.root)),
    keys: Object.fromEntries(keys.map((key) => [key.keyID, key.toJSON()])),
    roles: Object.fromEntries(
      Object.entries(roles).map(([name, one]) => [
        name,
        { keyids: one.keys.map(({ keyID }) => keyID), threshold: one.threshold },
      ]),
    ),
    consistent_snapshot: true,
  });
  const signing = new Set([
    ...signersIn(signers, roles.root, 'root'),
    ...(before === undefined ? [] : signersIn(signers, before, 'the root before')),
  ]);
  const bytes = signedBytes(root, [...signing]);
  await folder.write(`${version}.root.json`, bytes);
  return bytes;
}

/** @throws TwinstileError 'key-unusable' when they are too few. */
function signersIn<T extends Signer>(
  signers: readonly T[],
  { keys, threshold }: Assignment,
  what: string,
): readonly T[] {
  const ids = new Set(keys.map(({ keyID }) => keyID));
  const good = signers.filter(({ key }) => ids.has(key.keyID));
  if (good.length >= threshold) return good;
  throw new TwinstileError({
    code: 'key-unusable',
    message: `Expected ${threshold} of the ${keys.length} keys that sign ${what}, got ${good.length}.`,
    hint: 'Name every folder or stick that holds one of them with --offline DIR.',
  });
}

async function rootOf(folder: MetadataStore): Promise<Root> {
  const bytes = await newest(folder, 'root');
  if (bytes === undefined) throw noRoot();
  return readRoot(bytes).metadata.signed;
}

function assignmentIn({ roles, keys }: Root, role: TopRole): Assignment {
  const { keyIDs = [], threshold = 1 } = roles[role] ?? {};
  return { threshold, keys: keyIDs.flatMap((id) => keys[id] ?? []) };
}

/** Those of the keys at hand that may sign for a role now. @throws TwinstileError 'key-unusable'. */
export async function signersOf<T extends Signer>(
  folder: MetadataStore,
  signers: readonly T[],
  role: TopRole | { readonly site: string },
): Promise<readonly T[]> {
  const root = await rootOf(folder);
  if (typeof role === 'string') return signersIn(signers, assignmentIn(root, role), role);
  const bytes = await newest(folder, 'targets');
  const delegations = bytes === undefined ? undefined : readTargets(bytes).metadata.signed.delegations;
  const found = delegations?.roles?.[siteRole(role.site)];
  if (found === undefined || delegations === undefined)
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected a site of this fleet, got '${role.site}'.`,
      hint: 'Add it with: twinstile gallery keys site NAME --offline DIR',
    });
  const keys = found.keyIDs.flatMap((id) => delegations.keys[id] ?? []);
  return signersIn(signers, { keys, threshold: found.threshold }, `for site ${role.site}`);
}

/** The same role with one key in place of another. @throws TwinstileError 'bad-arguments' when the old one has no part in it. */
export async function withKey(
  folder: MetadataStore,
  role: TopRole,
  old: Key,
  next: Key,
): Promise<Assignment> {
  const { keys, threshold } = assignmentIn(await rootOf(folder), role);
  if (keys.some(({ keyID }) => keyID === old.keyID))
    return { keys: keys.map((key) => (key.keyID === old.keyID ? next : key)), threshold };
  throw new TwinstileError({
    code: 'bad-arguments',
    message: `Expected a key that signs ${role}, got one that does not.`,
    hint: 'See the names of the keys with: twinstile gallery keys list',
  });
}
