/**
 * Signs new content up to a new timestamp: what has changed, and again what has passed half of its lifetime. Then it goes from
 * the registrar's own metadata into the repository that devices read.
 */
import { MetadataKind, type Snapshot, Targets, type Timestamp } from '@tufjs/models';
import { TwinstileError } from '../../base/errors.js';
import { type Millis, millis, type WallTime, wallTime } from '../../base/units.js';
import type { MetadataStore, RepositoryWriter } from '../fleet-ports.js';
import { type Piece, readRoot, readSnapshot, readTargets, readTimestamp } from '../tuf/metadata.js';
import {
  metaFileOf,
  type Signer,
  SPEC_VERSION,
  signedBytes,
  snapshotOf,
  type targetFileOf,
  timestampOf,
  tufTime,
} from '../tuf/signing.js';

const DAY = 86_400_000;

/** How long each role's word holds. The timestamp's is what a frozen repository can go on for. */
export interface Lifetimes {
  readonly root: Millis;
  readonly targets: Millis;
  readonly site: Millis;
  readonly snapshot: Millis;
  readonly timestamp: Millis;
}

export const LIFETIMES: Lifetimes = {
  root: millis(365 * DAY),
  targets: millis(365 * DAY),
  site: millis(30 * DAY),
  snapshot: millis(7 * DAY),
  timestamp: millis(DAY),
};

export interface SigningDependencies {
  readonly folder: MetadataStore;
  readonly snapshot: readonly Signer[];
  readonly timestamp: readonly Signer[];
  readonly now: WallTime;
  readonly lifetimes: Lifetimes;
}

/** The newest piece of a role, by the number in its name. */
export async function newest(folder: MetadataStore, role: string): Promise<Buffer | undefined> {
  const versions = (await folder.list()).flatMap((name) => {
    const [version = '', ...rest] = name.split('.');
    return rest.join('.') === `${encodeURIComponent(role)}.json` && /^\d+$/.test(version)
      ? [Number(version)]
      : [];
  });
  if (versions.length === 0) return undefined;
  return folder.read(`${Math.max(...versions)}.${encodeURIComponent(role)}.json`);
}

/** Past half of its life, or with another life than it is given now. */
function isDue(expires: string, life: Millis, now: WallTime): boolean {
  return !(Date.parse(expires) - now > life / 2);
}

interface TargetsSigning {
  readonly role: string;
  readonly signers: readonly Signer[];
  readonly lifetime: Millis;
}

/**
 * Signs a targets role when its content differs, or when it is due.
 * @param change gives the new content from the old one; the version and the expiry are set here.
 */
export async function signTargets(
  { folder, now }: Pick<SigningDependencies, 'folder' | 'now'>,
  { role, signers, lifetime: life }: TargetsSigning,
  change: (before: Targets | undefined) => Targets,
): Promise<void> {
  const old = await newest(folder, role);
  const before = old === undefined ? undefined : readTargets(old).metadata.signed;
  const next = change(before);
  const isSame =
    before !== undefined &&
    JSON.stringify({ ...before.toJSON(), version: 0, expires: '' }) ===
      JSON.stringify({ ...next.toJSON(), version: 0, expires: '' });
  if (
    before !== undefined &&
    old !== undefined &&
    isSame &&
    !isDue(before.expires, life, now) &&
    isSignedBy(old, signers)
  )
    return;
  const version = (before?.version ?? 0) + 1;
  const json = { ...next.toJSON(), version, expires: tufTime(wallTime(now + life)) };
  const signed = readJson(json);
  await folder.write(`${version}.${encodeURIComponent(role)}.json`, signedBytes(signed, signers));
}

function readJson(json: ReturnType<Targets['toJSON']>): Targets {
  const bytes = Buffer.from(JSON.stringify({ signatures: [], signed: json }));
  return readTargets(bytes).metadata.signed;
}

const isSignedBy = (bytes: Buffer, signers: readonly Signer[]): boolean => {
  const text = bytes.toString('utf8');
  return signers.every(({ key }) => text.includes(key.keyID));
};

/** Snapshot and timestamp over whatever the roles are now. @returns whether anything changed. */
export async function signSnapshot(dependencies: SigningDependencies): Promise<boolean> {
  const { folder, now, lifetimes } = dependencies;
  const root = await newest(folder, MetadataKind.Root);
  if (root === undefined) throw noRoot();
  const { roles } = readRoot(root).metadata.signed;
  expectSigners('snapshot', dependencies.snapshot, roles.snapshot);
  expectSigners('timestamp', dependencies.timestamp, roles.timestamp);
  const meta = await metaOfRoles(folder);
  const oldBytes = await newest(folder, MetadataKind.Snapshot);
  const old: Piece<Snapshot> | undefined = oldBytes === undefined ? undefined : readSnapshot(oldBytes);
  const isSame =
    old !== undefined &&
    JSON.stringify(sortedMeta(old.metadata.signed)) === JSON.stringify(meta) &&
    !isDue(old.metadata.signed.expires, lifetimes.snapshot, now) &&
    isSignedBy(old.bytes, dependencies.snapshot);
  let bytes = old?.bytes;
  let version = old?.metadata.signed.version ?? 0;
  if (!isSame || bytes === undefined) {
    version += 1;
    const files = Object.fromEntries(meta.map(([name, file]) => [name, file]));
    bytes = signedBytes(
      snapshotOf(version, files, wallTime(now + lifetimes.snapshot)),
      dependencies.snapshot,
    );
    await folder.write(`${version}.snapshot.json`, bytes);
  }
  return signTimestamp(dependencies, version, bytes);
}

async function signTimestamp(
  { folder, timestamp, now, lifetimes }: SigningDependencies,
  version: number,
  snapshot: Buffer,
): Promise<boolean> {
  const file = metaFileOf(version, snapshot);
  const there = (await folder.list()).includes('timestamp.json');
  const old: Piece<Timestamp> | undefined = there
    ? readTimestamp(await folder.read('timestamp.json'))
    : undefined;
  const signed = old?.metadata.signed;
  if (
    old !== undefined &&
    signed?.snapshotMeta.equals(file) === true &&
    !isDue(signed.expires, lifetimes.timestamp, now) &&
    isSignedBy(old.bytes, timestamp)
  )
    return false;
  const next = timestampOf((signed?.version ?? 0) + 1, file, now, wallTime(now + lifetimes.timestamp));
  await folder.write('timestamp.json', signedBytes(next, timestamp));
  return true;
}

/** By name, so that the same roles give the same bytes. */
async function metaOfRoles(folder: MetadataStore) {
  const roles = new Set(
    (await folder.list()).flatMap((name) => {
      const match = /^\d+\.(.+)\.json$/.exec(name);
      return match?.[1] === undefined ? [] : [decodeURIComponent(match[1])];
    }),
  );
  const files = [];
  for (const role of [...roles].sort()) {
    if (role === 'root' || role === 'snapshot') continue;
    const bytes = await newest(folder, role);
    if (bytes === undefined) continue;
    files.push([`${role}.json`, metaFileOf(readTargets(bytes).metadata.signed.version, bytes)] as const);
  }
  return files;
}

const sortedMeta = ({ meta }: Snapshot) => Object.entries(meta).sort(([a], [b]) => (a < b ? -1 : 1));

function expectSigners(
  role: string,
  signers: readonly Signer[],
  wanted: { readonly keyIDs: readonly string[]; readonly threshold: number } | undefined,
): void {
  const good = signers.filter(({ key }) => wanted?.keyIDs.includes(key.keyID));
  if (wanted !== undefined && good.length >= wanted.threshold) return;
  throw new TwinstileError({
    code: 'key-unusable',
    message: `Expected ${wanted?.threshold ?? 1} of the keys that may sign ${role}, got ${good.length}.`,
    hint: 'Put the right keys into the keys folder of the fleet, or rotate them with: twinstile gallery keys rotate',
  });
}

export const noRoot = (): TwinstileError =>
  new TwinstileError({
    code: 'key-unusable',
    message: 'Expected the root of a fleet, got none.',
    hint: 'Make one with: twinstile gallery keys init',
  });

export function withTarget(old: Targets | undefined, target: ReturnType<typeof targetFileOf>): Targets {
  const targets = { ...(old?.targets ?? {}), [target.path]: target };
  return new Targets({ specVersion: SPEC_VERSION, version: 1, expires: '2000-01-01T00:00:00Z', targets });
}

/** Every root, and of the other roles the newest. The timestamp last: until then devices see the repository as it was. */
export async function distributeMetadata({
  folder,
  out,
}: {
  readonly folder: MetadataStore;
  readonly out: RepositoryWriter;
}): Promise<void> {
  const newestOf = new Map<string, number>();
  for (const name of await folder.list()) {
    const [, version, role] = /^(\d+)\.(.+)\.json$/.exec(name) ?? [];
    if (version === undefined || role === undefined) continue;
    const key = role === 'root' ? `root ${version}` : role;
    newestOf.set(key, Math.max(Number(version), newestOf.get(key) ?? 0));
  }
  for (const [key, version] of newestOf) {
    const name = `${version}.${key.split(' ')[0]}.json`;
    await out.put(`metadata/${name}`, await folder.read(name));
  }
  await out.flush();
  await out.put('metadata/timestamp.json', await folder.read('timestamp.json'));
  await out.flush();
}
