/**
 * Proves an erasure without revealing the person. Two keyed hashes (HMAC-SHA256) identify the person: one under a random key
 * that only the copy handed to the person contains, so that this copy proves whom it is about; one under a sealed key of the
 * box, so that the box can erase the person again after a restore. Without a key no id can be found by trying. Signed with
 * the box's Ed25519 key over the canonical text of everything but the signature and that key.
 */
import { createHash, createHmac, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { PersonId } from '../../base/ids.js';

/** What was erased, and what was not. */
export interface ErasureCounts {
  readonly templates: number;
  readonly badges: number;
  /** Absent in receipts of version 0.1 without them. HMACs of badges that remain for `retention.tombstones_days`, without a person, so that no badge becomes a visitor's. */
  readonly tombstones?: number;
  /** Absent where there are none. Lanes whose sums of at least ten passages remain: they name no person, and none can be taken out of them. */
  readonly passage_sums?: number;
  readonly journal_rows: number;
  readonly messages: number;
  /** Backups that were rewritten without the person. */
  readonly backups: number;
  /** "table.column" where the id remains, because it is needed there. */
  readonly left: readonly string[];
  /** The journal's newest row afterwards, so that the receipt has its place in time. */
  readonly journal_head: { readonly seq: number; readonly hash: string } | null;
}

interface Signed {
  readonly erased_at: string;
  readonly site: string;
  /** PEM (SPKI). */
  readonly key: string;
  /** Hexadecimal, 64 bytes. */
  readonly signature: string;
}

/** Format of 0.1, from which the id can be found by trying. Still verified. */
interface OldReceipt extends ErasureCounts, Signed {
  readonly v: 1;
  /** SHA-256 of salt, line feed and person id, hexadecimal. */
  readonly person_sha256: string;
  readonly salt: string;
}

export interface NewReceipt extends ErasureCounts, Signed {
  readonly v: 2;
  /** 16 random bytes, hexadecimal: the name of the erasure's row in the journal. */
  readonly receipt: string;
  /** Under the key that was handed out. */
  readonly person_hmac: string;
  /** Under the box's sealed key; null at a registrar, where no backup of ours comes back. */
  readonly box_hmac: string | null;
  /** Which of the box's sealed keys that is. */
  readonly box_key: string | null;
}

export type Receipt = OldReceipt | NewReceipt;
/** The copy for the person: with the key, which is kept nowhere else. */
export type HandedReceipt = NewReceipt & { readonly person_key: string };

type UnsignedReceipt = Omit<OldReceipt, 'key' | 'signature'> | Omit<NewReceipt, 'key' | 'signature'>;

export const saltedHash = (person: PersonId, salt: string): string =>
  createHash('sha256').update(`${salt}\n${person}`).digest('hex');

/** @param key 32 bytes. */
export const keyedHash = (person: PersonId, key: Uint8Array): string =>
  createHmac('sha256', key).update(`twinstile erasure 2\n${person}`).digest('hex');

/** By what the erasure's row in the journal is called. */
export const nameOf = (receipt: Receipt): string =>
  receipt.v === 1 ? receipt.person_sha256 : receipt.receipt;

interface PersonKeys {
  /** Of the copy that was handed out. */
  readonly handed?: Uint8Array | undefined;
  readonly box?: readonly { readonly id: string; readonly key: Uint8Array }[] | undefined;
}

/** Whether the receipt is about this person; undefined when none of the given keys decides it. */
export function isAbout(
  receipt: Receipt,
  person: PersonId,
  { handed, box = [] }: PersonKeys,
): boolean | undefined {
  if (receipt.v === 1) return saltedHash(person, receipt.salt) === receipt.person_sha256;
  if (handed !== undefined) return keyedHash(person, handed) === receipt.person_hmac;
  const right = box.find(({ id }) => id === receipt.box_key);
  return right === undefined ? undefined : keyedHash(person, right.key) === receipt.box_hmac;
}

export function signReceipt<T extends UnsignedReceipt>(
  erasure: T,
  secret: KeyObject,
  key: string,
): T & { readonly key: string; readonly signature: string } {
  const unsigned = { ...erasure, key };
  return { ...unsigned, signature: sign(null, textOf(unsigned), secret).toString('hex') };
}

/** Whether the text is as the holder of the key wrote it. Whose key that is has to be known from elsewhere. */
export function isGenuine(receipt: Receipt | HandedReceipt): boolean {
  const { signature, person_key: _, ...unsigned } = { person_key: '', ...receipt };
  try {
    return verify(null, textOf(unsigned), createPublicKey(unsigned.key), Buffer.from(signature, 'hex'));
  } catch {
    // Something that is no key signs nothing.
    return false;
  }
}

/** Fields in the order of their names, one per line, so that nothing depends on how a file was written. */
function textOf(unsigned: { readonly v: number }): Buffer {
  const lines = Object.entries(unsigned)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  return Buffer.from(`twinstile erasure receipt ${unsigned.v}\n${lines.join('\n')}\n`);
}
