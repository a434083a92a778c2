/** The master key at work: wraps people's data keys and opens their templates. */
import { TwinstileError } from '../../base/errors.js';
import type { ModelDigest, PersonId } from '../../base/ids.js';
import type { Template } from '../../gallery/person.js';
import type { Sql } from './connection.js';
import {
  bytesOf,
  KEY_CHECK,
  newDataKey,
  ownerOfKey,
  ownerOfTemplate,
  seal,
  unseal,
  vectorOf,
} from './sealing.js';
import { unusable } from './storage-error.js';

/** One stored template as it lies in the tables, with its person's key. */
export interface SealedTemplate {
  readonly person: PersonId;
  readonly digest: ModelDigest;
  readonly source: string;
  readonly sealed: Uint8Array;
  readonly wrapped_key: Uint8Array;
}

export class Vault {
  readonly #master: Buffer;

  /** @param master 32 bytes; copied. @throws TwinstileError 'key-unusable'. */
  constructor(master: Uint8Array) {
    if (master.length !== 32)
      throw new TwinstileError({
        code: 'key-unusable',
        message: `Expected a gallery key of exactly 32 bytes, got ${master.length}.`,
        hint: 'Make one with: twinstile keys new gallery --out DIR',
      });
    this.#master = Buffer.from(master);
  }

  /** The first key a gallery is opened with becomes its key. @throws TwinstileError 'gallery-locked'. */
  async unlock(sql: Sql): Promise<void> {
    const state = await sql.one<{ readonly key_check: Uint8Array | null }>(
      'SELECT key_check FROM gallery_state',
    );
    const check = state?.key_check ?? undefined;
    if (check === undefined) {
      const fresh = seal(this.#master, Buffer.from(KEY_CHECK), KEY_CHECK);
      await sql.run('UPDATE gallery_state SET key_check = ?', fresh);
    } else if (unseal(this.#master, check, KEY_CHECK) === undefined)
      throw new TwinstileError({
        code: 'gallery-locked',
        message: 'Expected the key this gallery was made with, got another one.',
        hint: 'Put the right key back; without it the templates are lost and everybody must be enrolled again.',
      });
  }

  newWrappedKey(person: PersonId): Buffer {
    return seal(this.#master, newDataKey(), ownerOfKey(person));
  }

  seal({ person, digest, source, vector }: Template, wrapped: Uint8Array): Buffer {
    return seal(this.#dataKey(person, wrapped), bytesOf(vector), ownerOfTemplate(person, digest, source));
  }

  /** @throws TwinstileError 'gallery-unusable' for a row that was changed or belongs to somebody else. */
  open({ person, digest, source, sealed, wrapped_key }: SealedTemplate): Float32Array {
    const plain = unseal(this.#dataKey(person, wrapped_key), sealed, ownerOfTemplate(person, digest, source));
    if (plain === undefined) throw tampered(person);
    return vectorOf(plain);
  }

  /** Nothing can be opened or sealed afterwards. */
  forget(): void {
    this.#master.fill(0);
  }

  #dataKey(person: PersonId, wrapped: Uint8Array): Buffer {
    const key = unseal(this.#master, wrapped, ownerOfKey(person));
    if (key === undefined) throw tampered(person);
    return key;
  }
}

const tampered = (person: PersonId): TwinstileError =>
  unusable(
    `the templates of ${person} as they were stored`,
    'changed ones',
    `Find out who wrote to the database, run twinstile people remove ${person}, and enrol this person again.`,
  );
