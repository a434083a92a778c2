/** From the tables to one matrix in memory. */
import { setImmediate as otherWork } from 'node:timers/promises';
import type { ModelDigest, PersonId } from '../base/ids.js';
import type { Person } from '../gallery/person.js';
import type { Snapshot } from '../gallery/snapshot.js';
import type { Sql, Tables } from '../ports/tables.js';
import { PERSON_COLUMNS, type PersonRow, personOf } from './gallery-people.js';
import { versionIn } from './gallery-version.js';
import { unusable } from './unusable.js';
import type { SealedTemplate, Vault } from './vault.js';

type Row = SealedTemplate & PersonRow;

/** Templates opened per turn of the event loop: about 5 ms of work. */
const SLICE = 100;
const PAGE = 500;

/** @throws TwinstileError 'gallery-unusable' for a template that was changed or has another dimension. */
export async function loadSnapshot(
  tables: Tables,
  vault: Vault,
  digest: ModelDigest,
  dimension: number,
): Promise<Snapshot> {
  const { version, rows } = await tables.survey(async (sql) => ({
    version: await versionIn(sql),
    rows: await sealedRows(sql, digest),
  }));
  const matrix = new Float32Array(rows.length * dimension);
  const owners: PersonId[] = [];
  const people = new Map<PersonId, Person>();
  for (const [index, row] of rows.entries()) {
    if (index > 0 && index % SLICE === 0) await otherWork();
    const vector = vault.open(row);
    if (vector.length !== dimension)
      throw unusable(
        `templates of ${dimension} numbers`,
        `one of ${vector.length} for ${row.person}`,
        `Enrol ${row.person} again with the model pack that is configured.`,
      );
    matrix.set(vector, index * dimension);
    owners.push(row.person);
    if (!people.has(row.person)) people.set(row.person, personOf(row));
  }
  return { version, digest, dimension, matrix, owners, people };
}

async function sealedRows(sql: Sql, digest: ModelDigest): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (;;) {
    const last = rows.at(-1);
    const page = await sql.all<Row>(
      `SELECT person, digest, source, sealed, wrapped_key, ${PERSON_COLUMNS}
         FROM templates JOIN people ON people.id = person
        WHERE digest = ? AND consent_text IS NOT NULL AND (person, source) > (?, ?)
          AND person NOT IN (SELECT id FROM revoked WHERE kind = 'person')
        ORDER BY person, source LIMIT ${PAGE}`,
      digest,
      last?.person ?? '',
      last?.source ?? '',
    );
    rows.push(...page);
    if (page.length < PAGE) return rows;
  }
}
