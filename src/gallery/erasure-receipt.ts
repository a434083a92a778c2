/**
 * Proof that somebody was erased, which does not say who: only whoever knows the id can find out that it is meant, by the
 * salted hash. Signed with the box's Ed25519 key over the canonical text of everything but the signature.
 */
import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { PersonId } from '../base/ids.js';

export interface Erasure {
  readonly erased_at: string;
  readonly site: string;
  /** SHA-256 of salt, line feed and person id, hexadecimal. */
  readonly person_sha256: string;
  readonly salt: string;
  readonly templates: number;
  readonly badges: number;
  readonly journal_rows: number;
  readonly messages: number;
  /** Backups that were written anew without the person. */
  readonly backups: number;
  /** "table.column" where the id still stands, because something else needs it. */
  readonly left: readonly string[];
  /** The journal's newest row afterwards, so that the receipt has its place in time. */
  readonly journal_head: { readonly seq: number; readonly hash: string } | null;
}

export interface Receipt extends Erasure {
  readonly v: 1;
  /** PEM (SPKI). */
  readonly key: string;
  /** Hexadecimal, 64 bytes. */
  readonly signature: string;
}

export const personHash = (person: PersonId, salt: string): string =>
  createHash('sha256').update(`${salt}\n${person}`).digest('hex');

export function signReceipt(erasure: Erasure, secret: KeyObject, key: string): Receipt {
  const unsigned = { v: 1 as const, ...erasure, key };
  return { ...unsigned, signature: sign(null, textOf(unsigned), secret).toString('hex') };
}

/** Whether the text is as the holder of the key wrote it. Whose key that is has to be known from elsewhere. */
export function isGenuine({ signature, ...unsigned }: Receipt): boolean {
  try {
    return verify(null, textOf(unsigned), createPublicKey(unsigned.key), Buffer.from(signature, 'hex'));
  } catch {
    // Something that is no key signs nothing.
    return false;
  }
}

/** Fields in the order of their names, one per line, so that nothing depends on how a file was written. */
function textOf(unsigned: Omit<Receipt, 'signature'>): Buffer {
  const lines = Object.entries(unsigned)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  return Buffer.from(`twinstile erasure receipt 1\n${lines.join('\n')}\n`);
}
