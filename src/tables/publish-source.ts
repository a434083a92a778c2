/** The registrar's people for publishing: everybody, or only those whose rows changed. */
import type { BadgeId, ModelDigest, PersonId } from '../base/ids.js';
import { wallTime } from '../base/units.js';
import type { PublishSource } from '../ports/fleet.js';
import type { Sql, Tables } from '../ports/tables.js';
import type { PublishedPerson } from '../sync/published-person.js';
import { PERSON_COLUMNS, type PersonRow, personOf } from './gallery-people.js';
import { Vault } from './vault.js';

const NOT_REVOKED = (kind: 'person' | 'badge', column: string): string =>
  `${column} NOT IN (SELECT id FROM revoked WHERE kind = '${kind}')`;

/** The database stays the caller's to close. @throws TwinstileError 'gallery-locked'. */
export async function openPublishSource(tables: Tables, key: Uint8Array): Promise<PublishSource> {
  const vault = new Vault(key);
  await tables.write((sql) => vault.unlock(sql));
  return {
    ids: () =>
      tables.survey(async (sql) =>
        (
          await sql.all<{ readonly id: PersonId }>(
            `SELECT id FROM people WHERE ${NOT_REVOKED('person', 'id')} ORDER BY id`,
          )
        ).map(({ id }) => id),
      ),
    read: (people) => tables.survey((sql) => readPeople(sql, vault, people)),
    changed: () =>
      tables.write(async (sql) => {
        const state = await sql.one<{ readonly part: string }>('SELECT part FROM fleet_state');
        const mark = (await sql.one<{ readonly mark: number }>('SELECT mark FROM change_mark'))?.mark ?? 0;
        if (state?.part !== 'publishes') {
          // From here on changes are noted; what was before is unknown.
          await sql.run(`UPDATE fleet_state SET part = 'publishes'`);
          return undefined;
        }
        const rows = await sql.all<{ readonly person: PersonId }>('SELECT person FROM changed_people');
        return { mark, people: rows.map(({ person }) => person) };
      }),
    published: async (mark) => {
      await tables.write((sql) => sql.run('DELETE FROM changed_people WHERE mark <= ?', mark));
    },
    revokedThrough: () =>
      tables.read(
        async (sql) =>
          (await sql.one<{ readonly revocations: number }>('SELECT revocations FROM fleet_state'))
            ?.revocations ?? 0,
      ),
  };
}

interface TemplateRow {
  readonly person: PersonId;
  readonly digest: ModelDigest;
  readonly source: string;
  readonly created_at_ms: number;
  readonly sealed: Uint8Array;
  readonly wrapped_key: Uint8Array;
}

async function readPeople(
  sql: Sql,
  vault: Vault,
  ids: readonly PersonId[],
): Promise<readonly PublishedPerson[]> {
  const list = JSON.stringify(ids);
  const people = await sql.all<PersonRow>(
    `SELECT ${PERSON_COLUMNS} FROM people WHERE ${sql.among('id')} ORDER BY id`,
    list,
  );
  const badges = await sql.all<{ readonly id: BadgeId; readonly person: PersonId }>(
    `SELECT id, person FROM badges WHERE ${sql.among('person')} AND ${NOT_REVOKED('badge', 'id')} ORDER BY id`,
    list,
  );
  const templates = await sql.all<TemplateRow>(
    `SELECT person, digest, source, created_at_ms, sealed, wrapped_key
       FROM templates JOIN people ON people.id = person WHERE ${sql.among('person')} ORDER BY digest, source`,
    list,
  );
  return people.map((row) => ({
    person: personOf(row),
    badges: badges.filter(({ person }) => person === row.id).map(({ id }) => id),
    templates: templates
      // Without consent nothing of a face leaves the registrar.
      .filter(({ person }) => person === row.id && row.consent_text !== null)
      .map((template) => ({
        digest: template.digest,
        source: template.source,
        createdAt: wallTime(template.created_at_ms),
        vector: vault.open(template),
      })),
  }));
}
