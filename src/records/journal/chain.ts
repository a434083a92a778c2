/**
 * What exactly is hashed: the previous row's hash (hex), a line feed, and the row as JSON with sorted keys and without
 * spaces: {"at":…,"body":…,"kind":…,"seq":…,"subject":…}. SHA-256, lower-case hex. The first row follows 64 zeros.
 * A row about a person has "personal":"SEAL" between kind and seq, and the person is not in its body: see personal.ts.
 */
import { createHash } from 'node:crypto';

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
