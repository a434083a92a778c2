/**
 * Signs the newest row of the journal: a chain that is truncated or recomputed afterwards no longer contains it. Ed25519 by
 * the box's own key, over the canonical text of everything but the signature.
 */
import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';

/** A signed head that the chain lacked when the next one was signed. */
interface LostHead {
  readonly seq: number;
  readonly hash: string;
  readonly at: string;
  readonly found_at: string;
}

export interface JournalHead {
  readonly v: 1;
  readonly site: string;
  readonly seq: number;
  readonly hash: string;
  readonly at: string;
  /** Oldest first: signed with every later head, so that removing one needs the key. */
  readonly lost: readonly LostHead[];
  /** PEM (SPKI). */
  readonly key: string;
  /** Hexadecimal, 64 bytes. */
  readonly signature: string;
}

type UnsignedHead = Omit<JournalHead, 'signature'>;

export const signHead = (head: UnsignedHead, secret: KeyObject): JournalHead => ({
  ...head,
  signature: sign(null, textOf(head), secret).toString('hex'),
});

/** Whether the holder of the key wrote it. Whose key that is has to be known from elsewhere. */
export function isGenuineHead({ signature, ...unsigned }: JournalHead): boolean {
  try {
    return verify(null, textOf(unsigned), createPublicKey(unsigned.key), Buffer.from(signature, 'hex'));
  } catch {
    // Something that is no key signs nothing.
    return false;
  }
}

/** @returns undefined for a value that is not a head. Fields that a later version adds are ignored. */
export function readJournalHead(value: unknown): JournalHead | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { v, site, seq, hash, at, lost, key, signature } = value as Readonly<Record<string, unknown>>;
  const texts = [site, hash, at, key, signature];
  if (v !== 1 || !Number.isSafeInteger(seq) || !texts.every((text) => typeof text === 'string'))
    return undefined;
  if (!Array.isArray(lost) || lost.length > MAX_LOST_HEADS || !lost.every(isLost)) return undefined;
  return { v, site, seq, hash, at, lost, key, signature } as JournalHead;
}

/** More than a box ever has: the oldest go. */
export const MAX_LOST_HEADS = 20;

const isLost = (one: unknown): boolean => {
  const { seq, hash, at, found_at } = (one ?? {}) as Partial<LostHead>;
  return Number.isSafeInteger(seq) && [hash, at, found_at].every((text) => typeof text === 'string');
};

function textOf({ v, site, seq, hash, at, lost, key }: UnsignedHead): Buffer {
  const fields = [
    site,
    seq,
    hash,
    at,
    lost.map((one) => [one.seq, one.hash, one.at, one.found_at]),
    key.trim(),
  ];
  return Buffer.from(`twinstile journal head ${v}\n${JSON.stringify(fields)}\n`);
}
