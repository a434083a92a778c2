/**
 * Separates the part of a journal row that is about a person. The chain covers only its salted hash: when it is
 * deleted, the chain still verifies, and without the salt the hash cannot be matched with a person by trying.
 */
import { createHash, randomBytes } from 'node:crypto';
import { canonicalJson } from './chain.js';

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

/** @returns the body without that part; `personal` is absent when there is none. */
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
