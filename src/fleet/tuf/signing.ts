/** Makes metadata: the registrar's half of TUF. Ed25519 is deterministic, so the same content gives the same bytes. */
import { createHash } from 'node:crypto';
import { canonicalize } from '@tufjs/canonical-json';
import {
  Key,
  Metadata,
  MetaFile,
  type Root,
  Signature,
  Snapshot,
  TargetFile,
  type Targets,
  Timestamp,
} from '@tufjs/models';
import type { WallTime } from '../../base/units.js';

export interface Signer {
  readonly key: Key;
  sign(bytes: Uint8Array): Uint8Array;
}

export const SPEC_VERSION = '1.0.31';

/** @param publicKey raw, 32 bytes. The id is the hash of what the key is, as TUF has it. */
export function ed25519Key(publicKey: Uint8Array): Key {
  const json = {
    keytype: 'ed25519',
    scheme: 'ed25519',
    keyval: { public: Buffer.from(publicKey).toString('hex') },
  };
  return Key.fromJSON(createHash('sha256').update(canonicalize(json)).digest('hex'), json);
}

/** Signatures in the order of the key ids. */
export function signedBytes(
  signed: Root | Targets | Snapshot | Timestamp,
  signers: readonly Signer[],
): Buffer {
  const metadata = new Metadata(signed);
  const ordered = [...signers].sort((a, b) => (a.key.keyID < b.key.keyID ? -1 : 1));
  for (const { key, sign } of ordered)
    metadata.sign(
      (data) => new Signature({ keyID: key.keyID, sig: Buffer.from(sign(data)).toString('hex') }),
    );
  return Buffer.from(`${JSON.stringify(metadata.toJSON())}\n`);
}

/** As TUF writes a time: whole seconds, UTC. */
export const tufTime = (at: WallTime): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

export const metaFileOf = (version: number, bytes: Uint8Array): MetaFile =>
  new MetaFile({ version, length: bytes.length, hashes: { sha256: sha256(bytes) } });

export const targetFileOf = (path: string, bytes: Uint8Array): TargetFile =>
  new TargetFile({ path, length: bytes.length, hashes: { sha256: sha256(bytes) } });

export function timestampOf(
  version: number,
  snapshotMeta: MetaFile,
  signedAt: WallTime,
  expires: WallTime,
): Timestamp {
  return new Timestamp({
    specVersion: SPEC_VERSION,
    version,
    expires: tufTime(expires),
    snapshotMeta,
    // TUF has no field for it. What devices take for the least that the time can be.
    unrecognizedFields: { x_signed_at: tufTime(signedAt) },
  });
}

export const snapshotOf = (
  version: number,
  meta: Readonly<Record<string, MetaFile>>,
  expires: WallTime,
): Snapshot =>
  new Snapshot({ specVersion: SPEC_VERSION, version, expires: tufTime(expires), meta: { ...meta } });

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
