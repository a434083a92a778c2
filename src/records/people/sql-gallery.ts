/** The durable gallery: people, badges, consent, and templates that only the master key opens. */
import { TwinstileError } from '../../base/errors.js';
import type { BadgeId, ModelDigest, PersonId } from '../../base/ids.js';
import { idKey } from '../../base/names.js';
import { type ActSource, recordActIn } from '../journal/act.js';
import type { Sql, Tables } from '../sql-port.js';
import { GalleryActs } from './gallery-acts.js';
import { applyChange, type ChangeDependencies } from './gallery-changes.js';
import { idClashesIn, readEnrolled, standingIn, versionIn } from './gallery-people.js';
import { loadSnapshot } from './gallery-snapshot.js';
import type { BadgeStanding, Enrolled, GallerySnapshot, GalleryStore } from './gallery-store.js';
import type { GalleryChange, Person } from './person.js';
import { type SealedTemplate, TemplateCipher, undamaged } from './template-cipher.js';
import { openBadgeTags } from './tombstones.js';

/**
 * The database stays the caller's to close, after the gallery.
 * @param key 32 bytes. The first key becomes the gallery's.
 * @param acts who changes it: each change is a row of the journal, in the transaction of the change. Absent: no rows.
 * @throws TwinstileError 'key-unusable' | 'gallery-locked'.
 */
export async function openGallery(tables: Tables, key: Uint8Array, acts?: ActSource): Promise<GalleryStore> {
  const cipher = new TemplateCipher(key);
  const tag = await tables.write(async (sql) => {
    await cipher.unlock(sql);
    return openBadgeTags(sql, cipher);
  });
  return new TableGallery(tables, { cipher, tag }, acts);
}

class TableGallery implements GalleryStore {
  readonly #tables: Tables;
  readonly #cipher: TemplateCipher;
  readonly #acts: ActSource | undefined;
  readonly #dependencies: ChangeDependencies;
  #closed = false;

  constructor(tables: Tables, dependencies: ChangeDependencies, acts: ActSource | undefined) {
    this.#tables = tables;
    this.#cipher = dependencies.cipher;
    this.#dependencies = dependencies;
    this.#acts = acts;
  }

  version(): Promise<number> {
    return this.#read(versionIn);
  }

  async apply(changes: readonly GalleryChange[]): Promise<void> {
    this.#check();
    if (changes.length === 0) return;
    await this.#tables.write(async (sql) => {
      const done = new GalleryActs();
      for (const change of changes) {
        if (this.#acts !== undefined) await done.note(sql, change, this.#dependencies.tag);
        await applyChange(sql, this.#dependencies, change);
      }
      if (this.#acts !== undefined) for (const act of done.acts()) await recordActIn(sql, this.#acts, act);
      await sql.run('UPDATE gallery_state SET version = version + 1');
    });
    if (changes.some(({ kind }) => kind === 'remove-person')) await this.#tables.scrub();
  }

  snapshot(digest: ModelDigest, dimension: number): Promise<GallerySnapshot> {
    this.#check();
    return loadSnapshot(this.#tables, this.#cipher, digest, dimension);
  }

  find(person: PersonId): Promise<Enrolled | undefined> {
    return this.#read(async (sql) => (await readEnrolled(sql, person))[0]);
  }

  storedSpelling(person: PersonId): Promise<PersonId | undefined> {
    return this.#read(async (sql) => {
      const rows = await sql.all<{ readonly id: PersonId }>(
        'SELECT id FROM people WHERE lower(id) = ? ORDER BY id',
        idKey(person),
      );
      return (rows.find(({ id }) => id === person) ?? rows[0])?.id;
    });
  }

  list(): Promise<readonly Enrolled[]> {
    return this.#read((sql) => readEnrolled(sql), 'survey');
  }

  async holderOf(badge: BadgeId): Promise<PersonId | undefined> {
    const standing = await this.standingOf(badge);
    return standing.kind === 'held' ? standing.person : undefined;
  }

  standingOf(badge: BadgeId): Promise<BadgeStanding> {
    return this.#read((sql) => standingIn(sql, badge, this.#dependencies.tag));
  }

  idClashes(): Promise<readonly (readonly Person[])[]> {
    return this.#read(idClashesIn, 'survey');
  }

  sourcesEncoded(digest: ModelDigest, sources: readonly string[]): Promise<ReadonlySet<string>> {
    return this.#read(async (sql) => {
      const found = await sql.all<{ readonly source: string }>(
        `SELECT DISTINCT source FROM templates WHERE digest = ? AND ${sql.among('source')}`,
        digest,
        JSON.stringify(sources),
      );
      return new Set(found.map(({ source }) => source));
    });
  }

  async vectors(
    person: PersonId,
  ): Promise<
    readonly { readonly digest: ModelDigest; readonly source: string; readonly vector: Float32Array }[]
  > {
    const rows = await this.#read((sql) =>
      sql.all<SealedTemplate>(
        `SELECT person, digest, source, sealed, wrapped_key FROM templates JOIN people ON people.id = person
          WHERE person = ? ORDER BY digest, source`,
        person,
      ),
    );
    return rows.flatMap((row) => {
      const vector = undamaged(() => this.#cipher.open(row));
      return vector === undefined ? [] : [{ digest: row.digest, source: row.source, vector }];
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cipher.zeroize();
  }

  async #read<T>(work: (sql: Sql) => Promise<T>, how: 'read' | 'survey' = 'read'): Promise<T> {
    this.#check();
    return this.#tables[how](work);
  }

  #check(): void {
    if (this.#closed)
      throw new TwinstileError({ code: 'stopped', message: 'Expected an open gallery, got a closed one.' });
  }
}
