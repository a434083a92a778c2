/**
 * Trusted state of a TUF repository, step by step: the client workflow of the specification (1.0.33, section 5), as
 * pure functions. Each takes what is trusted and new bytes, and gives what is trusted now, or throws and nothing changed.
 */
import type { Root, Snapshot, TargetFile, Targets, Timestamp } from '@tufjs/models';
import type { WallTime } from '../../base/units.js';
import {
  expectSigned,
  expiryOf,
  type Piece,
  readRoot,
  readSnapshot,
  readTargets,
  readTimestamp,
} from './metadata.js';
import { expired, refused } from './refusal.js';
import { type TrustedVersions, trustedVersionsUnder } from './trusted-versions.js';

export interface Trusted {
  readonly root: Piece<Root>;
  readonly timestamp?: Piece<Timestamp>;
  readonly snapshot?: Piece<Snapshot>;
  /** 'targets' and delegated roles. */
  readonly targets: ReadonlyMap<string, Piece<Targets>>;
  readonly trustedVersions: TrustedVersions;
}

/** The root that came with the box, or was kept. Its expiry does not matter: a newer one may follow. */
export function trustFirst(bytes: Uint8Array, trustedVersions: TrustedVersions): Trusted {
  const root = readRoot(bytes);
  const { signed } = root.metadata;
  expectSigned('root', root.metadata, signed.roles.root, signed.keys);
  return { root, targets: new Map(), trustedVersions: raised(trustedVersions, signed) };
}

/** 5.3: signed by the old keys and by its own, and exactly one version further. */
export function acceptRoot(trusted: Trusted, bytes: Uint8Array): Trusted {
  const root = readRoot(bytes);
  const before = trusted.root.metadata.signed;
  const { signed } = root.metadata;
  expectSigned('root', root.metadata, before.roles.root, before.keys);
  if (signed.version !== before.version + 1)
    throw refused(`root version ${before.version + 1}`, `${signed.version}`);
  expectSigned('root', root.metadata, signed.roles.root, signed.keys);
  return { root, targets: new Map(), trustedVersions: raised(trusted.trustedVersions, signed) };
}

/** After the last root: only it decides whether the trusted versions still hold, not one of those on the way. */
export function settleRoot(trusted: Trusted, now: WallTime): Trusted {
  const { root, trustedVersions } = trusted;
  const { signed } = root.metadata;
  if (signed.version < trustedVersions.root)
    throw refused(`root version ${trustedVersions.root}, which was here before`, `${signed.version}`);
  expectValid('root', root, now);
  return { ...trusted, trustedVersions: trustedVersionsUnder(signed, trustedVersions) };
}

const raised = (trustedVersions: TrustedVersions, { version }: Root): TrustedVersions => ({
  ...trustedVersions,
  root: Math.max(trustedVersions.root, version),
});

/** 5.4. The same version again changes nothing. */
export function acceptTimestamp(trusted: Trusted, bytes: Uint8Array, now: WallTime): Trusted {
  const timestamp = checkTimestamp(trusted, bytes);
  expectValid('timestamp', timestamp, now);
  return withTimestamp(trusted, timestamp);
}

/** Of an earlier cycle. It may have expired: it is good for the versions it names. */
export const keepTimestamp = (trusted: Trusted, bytes: Uint8Array): Trusted =>
  withTimestamp(trusted, checkTimestamp(trusted, bytes));

function checkTimestamp({ root, trustedVersions }: Trusted, bytes: Uint8Array): Piece<Timestamp> {
  const timestamp = readTimestamp(bytes);
  const { signed } = timestamp.metadata;
  expectSigned(
    'timestamp',
    timestamp.metadata,
    root.metadata.signed.roles.timestamp,
    root.metadata.signed.keys,
  );
  expectNotBefore('timestamp', signed.version, trustedVersions.timestamp);
  expectNotBefore('snapshot', signed.snapshotMeta.version, trustedVersions.snapshot);
  return timestamp;
}

function withTimestamp(trusted: Trusted, timestamp: Piece<Timestamp>): Trusted {
  const { version, snapshotMeta } = timestamp.metadata.signed;
  const { snapshot: _old, ...rest } = trusted;
  return {
    ...rest,
    timestamp,
    targets: new Map(),
    trustedVersions: { ...trusted.trustedVersions, timestamp: version, snapshot: snapshotMeta.version },
  };
}

/** 5.5: as the timestamp names it, and no role missing or older than before. */
export function acceptSnapshot(trusted: Trusted, bytes: Uint8Array, now: WallTime): Trusted {
  const { root, timestamp, trustedVersions } = trusted;
  if (timestamp === undefined) throw refused('a timestamp before the snapshot', 'none');
  expectValid('timestamp', timestamp, now);
  const { snapshotMeta } = timestamp.metadata.signed;
  verifying('snapshot', () => snapshotMeta.verify(Buffer.from(bytes)));
  const snapshot = readSnapshot(bytes);
  const { signed } = snapshot.metadata;
  expectSigned('snapshot', snapshot.metadata, root.metadata.signed.roles.snapshot, root.metadata.signed.keys);
  if (signed.version !== snapshotMeta.version)
    throw refused(`snapshot version ${snapshotMeta.version}`, `${signed.version}`);
  const roles: Record<string, number> = {};
  for (const [file, { version }] of Object.entries(signed.meta)) roles[file] = version;
  for (const [file, version] of Object.entries(trustedVersions.roles)) {
    const listed = Object.hasOwn(roles, file) ? roles[file] : undefined;
    if (listed === undefined) throw refused(`a snapshot that lists ${file}`, 'one that does not');
    expectNotBefore(file, listed, version);
  }
  expectValid('snapshot', snapshot, now);
  return { ...trusted, snapshot, targets: new Map(), trustedVersions: { ...trustedVersions, roles } };
}

/** 5.6. @param delegator 'targets' for a role it delegates to; undefined for 'targets' itself. */
export function acceptTargets(
  trusted: Trusted,
  { role, delegator }: { readonly role: string; readonly delegator: string | undefined },
  bytes: Uint8Array,
  now: WallTime,
): Trusted {
  const meta = metaOf(trusted, role);
  verifying(role, () => meta.verify(Buffer.from(bytes)));
  const piece = readTargets(bytes);
  if (delegator === undefined) {
    const { roles, keys } = trusted.root.metadata.signed;
    expectSigned(role, piece.metadata, roles.targets, keys);
  } else {
    const by = trusted.targets.get(delegator)?.metadata.signed.delegations;
    const succinct = by?.succinctRoles?.isDelegatedRole(role) === true ? by.succinctRoles : undefined;
    expectSigned(role, piece.metadata, by?.roles?.[role] ?? succinct, by?.keys ?? {});
  }
  const { version } = piece.metadata.signed;
  if (version !== meta.version) throw refused(`${role} version ${meta.version}`, `${version}`);
  expectValid(role, piece, now);
  return { ...trusted, targets: new Map([...trusted.targets, [role, piece]]) };
}

export function metaOf({ snapshot }: Trusted, role: string) {
  const meta = snapshot?.metadata.signed.meta ?? {};
  const found = Object.hasOwn(meta, `${role}.json`) ? meta[`${role}.json`] : undefined;
  if (found === undefined) throw refused(`${role} in the snapshot`, 'nothing');
  return found;
}

/** What a target's bytes must be. @throws TwinstileError 'fleet-refused'. */
export function expectTarget(target: TargetFile, bytes: Buffer, digest: (algorithm: string) => string): void {
  if (bytes.length !== target.length)
    throw refused(`${target.length} bytes of ${target.path}`, `${bytes.length}`);
  const hashes = Object.entries(target.hashes).filter(([name]) => name === 'sha256' || name === 'sha512');
  if (hashes.length === 0) throw refused(`a SHA-256 of ${target.path}`, 'none');
  for (const [name, hash] of hashes)
    if (digest(name) !== hash) throw refused(`the ${name} of ${target.path} as signed`, 'another one');
}

function expectValid(what: string, piece: Piece<Root | Timestamp | Snapshot | Targets>, now: WallTime): void {
  const until = expiryOf(piece);
  if (!(now < until)) throw expired(what, until);
}

function expectNotBefore(what: string, version: number, minVersion: number): void {
  if (version < minVersion)
    throw refused(`${what} version ${minVersion} or newer, which was here before`, `${version}`);
}

function verifying(what: string, check: () => void): void {
  try {
    check();
  } catch (cause) {
    throw refused(`${what} of the size and the hash that were signed`, 'others', undefined, cause);
  }
}
