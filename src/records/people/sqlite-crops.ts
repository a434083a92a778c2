/** Stores face crops, each sealed under its person's data key, so that erasing the person erases them. */
import type { ModelDigest, PersonId } from '../../base/ids.js';
import type { Database } from '../sql/sqlite/sqlite-database.js';
import type { Sql } from '../sql-port.js';
import type { CropStore, KeptCrop, StoredCrop } from './crop-store.js';
import { TemplateCipher, undamaged } from './template-cipher.js';

interface Row {
  readonly person: PersonId;
  readonly source: string;
  readonly sealed: Uint8Array;
  readonly wrapped_key: Uint8Array;
}

/** The database stays the caller's to close. @param key of the gallery, 32 bytes. @throws TwinstileError 'gallery-locked'. */
export async function openCrops(database: Database, key: Uint8Array): Promise<CropStore> {
  const cipher = new TemplateCipher(key);
  await database.write((sql) => cipher.unlock(sql));
  return {
    keep: (crops) =>
      database.write(async (sql) => {
        for (const crop of crops) await keepIn(sql, cipher, crop);
      }),
    async without(digest, most, after) {
      const rows = await database.survey((sql) => rowsWithout(sql, digest, most, after));
      return rows.map((row) => openedIn(cipher, row));
    },
    async of(person) {
      const rows = await database.read((sql) =>
        sql.all<Row>(
          `SELECT person, source, crops.sealed, wrapped_key FROM crops JOIN people ON people.id = person
            WHERE person = ? ORDER BY source`,
          person,
        ),
      );
      return rows.map((row) => openedIn(cipher, row));
    },
    count: async () =>
      (
        await database.read((sql) =>
          sql.one<{ readonly crops: number }>('SELECT count(*) AS crops FROM crops'),
        )
      )?.crops ?? 0,
  };
}

function openedIn(cipher: TemplateCipher, row: Row): StoredCrop {
  const { person, source } = row;
  const crop = undamaged(() => cipher.openCrop(row));
  return crop === undefined ? { kind: 'damaged', person, source } : { kind: 'whole', person, source, crop };
}

async function keepIn(sql: Sql, cipher: TemplateCipher, { person, source, crop }: KeptCrop): Promise<void> {
  const row = await sql.one<{ readonly wrapped_key: Uint8Array }>(
    'SELECT wrapped_key FROM people WHERE id = ?',
    person,
  );
  if (row === undefined) return;
  await sql.run(
    'INSERT INTO crops VALUES (?, ?, ?) ON CONFLICT (person, source) DO UPDATE SET sealed = excluded.sealed',
    person,
    source,
    cipher.sealCrop({ person, source }, crop, row.wrapped_key),
  );
}

/** A crop whose template was taken back (a consent that ended) gives no new one. */
const rowsWithout = (
  sql: Sql,
  digest: ModelDigest,
  most: number,
  after: Pick<KeptCrop, 'person' | 'source'> | undefined,
): Promise<readonly Row[]> =>
  sql.all<Row>(
    `SELECT crops.person, crops.source, crops.sealed, wrapped_key
       FROM crops JOIN people ON people.id = crops.person
      WHERE (crops.person, crops.source) > (?, ?)
        AND EXISTS (SELECT 1 FROM templates t WHERE t.person = crops.person AND t.source = crops.source)
        AND NOT EXISTS (SELECT 1 FROM templates t
                         WHERE t.person = crops.person AND t.source = crops.source AND t.digest = ?)
      ORDER BY crops.person, crops.source LIMIT ?`,
    after?.person ?? '',
    after?.source ?? '',
    digest,
    most,
  );
