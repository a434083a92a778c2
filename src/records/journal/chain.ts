/**
 * Links the rows of the journal. What exactly is hashed: the previous row's hash (hex), a line feed, and the row as JSON with sorted keys and without
 * spaces: {"at":…,"body":…,"kind":…,"seq":…,"subject":…}. SHA-256, lower-case hex. The first row follows 64 zeros.
 * A row about a person has "personal":"SEAL" between kind and seq, and the person is not in its body: see `splitPersonal`.
 */
import { createHash, randomBytes } from 'node:crypto';

export const FIRST_LINK = '0'.repeat(64);

export interface Link {
  readonly seq: number;
  readonly kind: string;
  readonly subject: string;
  /** ms since 1970, whole. */
  readonly at: number;
  /** Canonical JSON. */
  readonly body: string;
  /** Of the personal part; null for a row without one. */
  readonly seal: string | null;
}

/** @param previous the hash of the row before. */
export function hashOf(previous: string, { seq, kind, subject, at, body, seal }: Link): string {
  const personal = seal === null ? '' : `,"personal":${JSON.stringify(seal)}`;
  const rest = `"kind":${JSON.stringify(kind)}${personal},"seq":${seq},"subject":${JSON.stringify(subject)}`;
  return createHash('sha256').update(`${previous}\n{"at":${at},"body":${body},${rest}}`).digest('hex');
}

/** JSON with the keys of every object in the order of their UTF-16 units, without spaces; as in RFC 8785. */
export function canonicalJson(value: unknown): string {
  return sorted(JSON.parse(JSON.stringify(value)));
}

function sorted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, part]) => `${JSON.stringify(key)}:${sorted(part)}`);
  return `{${fields.join(',')}}`;
}

/** Names of a row's body that are about a person. */
export const PERSONAL_FIELDS: readonly string[] = ['person', 'badge', 'name'];

interface Personal {
  /** Canonical JSON. */
  readonly personal: string;
  /** 16 random bytes, hexadecimal. */
  readonly salt: string;
  /** SHA-256 of the salt, a line feed and the JSON, hexadecimal. */
  readonly seal: string;
}

/**
 * Separates the part of a row that is about a person. The chain covers only its salted hash: when it is deleted, the chain
 * still verifies, and without the salt the hash cannot be matched with a person by trying.
 * @returns the body without that part; `personal` is absent when there is none.
 */
export function splitPersonal(body: Readonly<Record<string, unknown>>): {
  readonly rest: Readonly<Record<string, unknown>>;
  readonly personal?: Personal;
} {
  const entries = Object.entries(body).filter(([, value]) => value !== undefined);
  const own = entries.filter(([key]) => PERSONAL_FIELDS.includes(key));
  const rest = Object.fromEntries(entries.filter(([key]) => !PERSONAL_FIELDS.includes(key)));
  if (own.length === 0) return { rest };
  const personal = canonicalJson(Object.fromEntries(own));
  const salt = randomBytes(16).toString('hex');
  return { rest, personal: { personal, salt, seal: sealOf(personal, salt) } };
}

const sealOf = (personal: string, salt: string): string =>
  createHash('sha256').update(`${salt}\n${personal}`).digest('hex');

/** Whether the personal part matches the chain's hash. A deleted part cannot be checked. */
export function isSealed({
  personal,
  salt,
  seal,
}: {
  readonly personal: string | null;
  readonly salt: string | null;
  readonly seal: string | null;
}): boolean {
  if (personal === null) return true;
  return seal !== null && salt !== null && sealOf(personal, salt) === seal;
}
