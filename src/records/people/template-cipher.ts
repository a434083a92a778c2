/** Encrypts templates: the master key wraps each person's data key, which seals that person's templates. */
import { TwinstileError } from '../../base/errors.js';
import type { ModelDigest, PersonId } from '../../base/ids.js';
import { type Sql, unusableStorage } from '../sql-port.js';
import {
  bytesOf,
  KEY_CHECK,
  newDataKey,
  ownerOfCrop,
  ownerOfKey,
  ownerOfTemplate,
  seal,
  unseal,
  vectorOf,
} from './aes-gcm.js';
import type { Template } from './person.js';

/** One template as stored, with its person's wrapped key. */
export interface SealedTemplate {
  readonly person: PersonId;
  readonly digest: ModelDigest;
  readonly source: string;
  readonly sealed: Uint8Array;
  readonly wrapped_key: Uint8Array;
}

/** Of so many not each one is damaged. */
const PROVING_PEOPLE = 50;

export class TemplateCipher {
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
    const check = await checkIn(sql);
    if (check !== undefined && this.#opens(check)) return;
    // A damaged check must not make the right key a wrong one.
    if (check === undefined || (await this.#opensPeople(sql))) await this.storeKeyCheck(sql);
    else
      throw new TwinstileError({
        code: 'gallery-locked',
        message: 'Expected the key this gallery was made with, got another one.',
        hint: 'Put the right key back; without it the templates are lost and everybody must be enrolled again.',
      });
  }

  /** Whether the gallery was made with this key; false for one without a key. */
  async isKeyOf(sql: Sql): Promise<boolean> {
    const check = await checkIn(sql);
    return check !== undefined && (this.#opens(check) || (await this.#opensPeople(sql)));
  }

  /** Makes this key the gallery's. */
  async storeKeyCheck(sql: Sql): Promise<void> {
    const fresh = seal(this.#master, Buffer.from(KEY_CHECK), KEY_CHECK);
    await sql.run('UPDATE gallery_state SET key_check = ?', fresh);
  }

  /** The same data key under another master key. @throws TwinstileError 'gallery-unusable' for a row that was changed. */
  rewrap(person: PersonId, wrapped: Uint8Array, to: TemplateCipher): Buffer {
    return seal(to.#master, this.#dataKey(person, wrapped), ownerOfKey(person));
  }

  newWrappedKey(person: PersonId): Buffer {
    return seal(this.#master, newDataKey(), ownerOfKey(person));
  }

  seal(template: Template, wrapped: Uint8Array): Buffer {
    return this.sealerFor(template.person, wrapped)(template);
  }

  /** The same for several templates of one person: the data key is unwrapped once. */
  sealerFor(
    person: PersonId,
    wrapped: Uint8Array,
  ): (template: Pick<Template, 'digest' | 'source' | 'vector'>) => Buffer {
    const key = this.#dataKey(person, wrapped);
    return ({ digest, source, vector }) =>
      seal(key, bytesOf(vector), ownerOfTemplate(person, digest, source));
  }

  /** @throws TwinstileError 'gallery-unusable' for a row that was changed or belongs to another person. */
  open(template: SealedTemplate): Float32Array {
    return this.openerFor(template.person, template.wrapped_key)(template);
  }

  /** The same for several templates of one person: the data key is unwrapped once. */
  openerFor(
    person: PersonId,
    wrapped: Uint8Array,
  ): (template: Omit<SealedTemplate, 'person' | 'wrapped_key'>) => Float32Array {
    const key = this.#dataKey(person, wrapped);
    return ({ digest, source, sealed }) => {
      const plain = unseal(key, sealed, ownerOfTemplate(person, digest, source));
      if (plain === undefined) throw tampered(person);
      return vectorOf(plain);
    };
  }

  /** @param wrapped the person's key. */
  sealCrop(
    { person, source }: Pick<SealedTemplate, 'person' | 'source'>,
    crop: Uint8Array,
    wrapped: Uint8Array,
  ): Buffer {
    return seal(this.#dataKey(person, wrapped), crop, ownerOfCrop(person, source));
  }

  /** @throws TwinstileError 'gallery-unusable' for a row that was changed or belongs to another person. */
  openCrop({ person, source, sealed, wrapped_key }: Omit<SealedTemplate, 'digest'>): Buffer {
    const plain = unseal(this.#dataKey(person, wrapped_key), sealed, ownerOfCrop(person, source));
    if (plain === undefined) throw tampered(person);
    return plain;
  }

  /** Wraps a new random key that belongs to no person. @param owner for what it is used. */
  newWrapped(owner: string): Buffer {
    return seal(this.#master, newDataKey(), owner);
  }

  /** @throws TwinstileError 'gallery-unusable' for bytes that were changed. */
  unwrap(wrapped: Uint8Array, owner: string): Buffer {
    const key = unseal(this.#master, wrapped, owner);
    if (key !== undefined) return key;
    throw unusableStorage(
      `${owner} as it was stored`,
      'something else',
      'Find out who wrote to the database, and restore it from a backup.',
    );
  }

  /** The same key under another master key. @throws as `unwrap`. */
  rewrapFor(owner: string, wrapped: Uint8Array, to: TemplateCipher): Buffer {
    return seal(to.#master, this.unwrap(wrapped, owner), owner);
  }

  /** Nothing can be opened or sealed afterwards. */
  zeroize(): void {
    this.#master.fill(0);
  }

  #opens(check: Uint8Array): boolean {
    return unseal(this.#master, check, KEY_CHECK) !== undefined;
  }

  /** All keys of people are under one master key: one that opens proves it. */
  async #opensPeople(sql: Sql): Promise<boolean> {
    const rows = await sql.all<{ readonly id: PersonId; readonly wrapped_key: Uint8Array }>(
      `SELECT id, wrapped_key FROM people ORDER BY id LIMIT ${PROVING_PEOPLE}`,
    );
    return rows.some(({ id, wrapped_key }) => undamaged(() => this.#dataKey(id, wrapped_key)) !== undefined);
  }

  #dataKey(person: PersonId, wrapped: Uint8Array): Buffer {
    const key = unseal(this.#master, wrapped, ownerOfKey(person));
    if (key === undefined) throw tampered(person);
    return key;
  }
}

async function checkIn(sql: Sql): Promise<Uint8Array | undefined> {
  const state = await sql.one<{ readonly key_check: Uint8Array | null }>(
    'SELECT key_check FROM gallery_state',
  );
  return state?.key_check ?? undefined;
}

/** Returns what was opened; undefined for a row that was changed, by bit rot or by tampering. */
export function undamaged<T>(open: () => T): T | undefined {
  try {
    return open();
  } catch (error) {
    if (error instanceof TwinstileError && error.code === 'gallery-unusable') return undefined;
    throw error;
  }
}

const tampered = (person: PersonId): TwinstileError =>
  unusableStorage(
    `the templates of ${person} as they were stored`,
    'changed ones',
    `Find out who wrote to the database, run twinstile people remove ${person}, and enroll this person again.`,
  );
