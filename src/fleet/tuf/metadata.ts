/** Parses TUF metadata, checks its form, and counts who signed it. Trust is decided afterwards. */
import {
  type Key,
  Metadata,
  MetadataKind,
  type Root,
  type Snapshot,
  type Targets,
  type Timestamp,
} from '@tufjs/models';
import { type WallTime, wallTime } from '../../base/units.js';
import { refused } from './refusal.js';

/** With the bytes it was read from, which are what is kept. */
export interface Piece<T extends Root | Timestamp | Snapshot | Targets> {
  readonly bytes: Buffer;
  readonly metadata: Metadata<T>;
}

const UTC = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

export const readRoot = (bytes: Uint8Array): Piece<Root> =>
  read(bytes, (json) => Metadata.fromJSON(MetadataKind.Root, json), 'root');
export const readTimestamp = (bytes: Uint8Array): Piece<Timestamp> =>
  read(bytes, (json) => Metadata.fromJSON(MetadataKind.Timestamp, json), 'timestamp');
export const readSnapshot = (bytes: Uint8Array): Piece<Snapshot> =>
  read(bytes, (json) => Metadata.fromJSON(MetadataKind.Snapshot, json), 'snapshot');
export const readTargets = (bytes: Uint8Array): Piece<Targets> =>
  read(bytes, (json) => Metadata.fromJSON(MetadataKind.Targets, json), 'targets');

type Json = Parameters<typeof Metadata.fromJSON>[1];

/** @throws TwinstileError 'fleet-refused'. */
function read<T extends Root | Timestamp | Snapshot | Targets>(
  bytes: Uint8Array,
  parse: (json: Json) => Metadata<T>,
  what: string,
): Piece<T> {
  const copy = Buffer.from(bytes);
  const text = copy.toString('utf8');
  let metadata: Metadata<T>;
  try {
    metadata = parse(JSON.parse(text) as Json);
  } catch (cause) {
    const looksLikePage = /^\s*</.test(text);
    throw refused(
      `${what} metadata`,
      looksLikePage ? 'a web page' : 'something else',
      looksLikePage
        ? 'A login page or a proxy answers in place of the repository: open the way to it. The gallery here stays in use.'
        : undefined,
      cause,
    );
  }
  const { version, expires } = metadata.signed;
  if (!Number.isSafeInteger(version) || version < 1) throw refused(`a version of ${what}`, `${version}`);
  // The models take a date that cannot be read for one that never comes.
  if (!UTC.test(expires) || Number.isNaN(Date.parse(expires)))
    throw refused(`a date until which ${what} is valid`, JSON.stringify(expires).slice(0, 40));
  return { bytes: copy, metadata };
}

export const expiryOf = ({ metadata }: Piece<Root | Timestamp | Snapshot | Targets>): WallTime =>
  wallTime(Date.parse(metadata.signed.expires));

/** When it was signed, where the signer recorded it. Never after the expiry. */
export function signedAtOf({ metadata }: Piece<Timestamp>): WallTime | undefined {
  const signedAt = metadata.signed.unrecognizedFields.x_signed_at;
  if (typeof signedAt !== 'string' || !UTC.test(signedAt)) return undefined;
  const at = Date.parse(signedAt);
  return at <= Date.parse(metadata.signed.expires) ? wallTime(at) : undefined;
}

interface Signers {
  readonly keyIDs: readonly string[];
  readonly threshold: number;
}

/**
 * Did enough of them sign? Each key counts once, by what it is and not by what it is called.
 * @throws TwinstileError 'fleet-refused'.
 */
export function expectSigned(
  what: string,
  metadata: Metadata<Root> | Metadata<Timestamp> | Metadata<Snapshot> | Metadata<Targets>,
  signers: Signers | undefined,
  keys: Readonly<Record<string, Key>>,
): void {
  if (signers === undefined || !Number.isInteger(signers.threshold) || signers.threshold < 1)
    throw refused(`somebody who may sign ${what}`, 'nobody');
  const good = new Set<string>();
  for (const id of new Set(signers.keyIDs)) {
    const key = Object.hasOwn(keys, id) ? keys[id] : undefined;
    if (key === undefined) continue;
    try {
      key.verifySignature(metadata);
      good.add(key.keyVal.public ?? '');
    } catch {
      // A signature that is missing or bad is one signature fewer.
    }
  }
  if (good.size < signers.threshold)
    throw refused(`${what} signed by ${signers.threshold} of its keys`, `${good.size} good signatures`);
}
