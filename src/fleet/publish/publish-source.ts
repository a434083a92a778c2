/** Reads the registrar's people for publishing: all of them, or only those whose rows changed. */
import type { BadgeId, ModelDigest, PersonId } from '../../base/ids.js';
import { wallTime } from '../../base/units.js';
import {
  conditionOf,
  PERSON_COLUMNS,
  type PersonRow,
  personOf,
} from '../../records/people/gallery-people.js';
import { TemplateCipher, undamaged } from '../../records/people/template-cipher.js';
import type { Sql, Tables } from '../../records/sql-port.js';
import type { PublishSnapshot, PublishSource } from '../fleet-ports.js';
import type { PublishedPerson } from '../segments/segment.js';

const NOT_REVOKED = (kind: 'person' | 'badge', column: string): string =>
  `lower(${column}) NOT IN (SELECT lower(id) FROM revoked WHERE kind = '${kind}')`;

/** The database stays the caller's to close. @throws TwinstileError 'gallery-locked'. */
export async function openPublishSource(tables: Tables, key: Uint8Array): Promise<PublishSource> {
  const cipher = new TemplateCipher(key);
  await tables.write((sql) => cipher.unlock(sql));
  return {
    async snapshot(work) {
      // From here on changes are noted. Earlier ones are unknown, which `since` records.
      await tables.write(beginNotes);
      return tables.survey(async (sql) => work(await snapshotIn(sql, cipher)));
    },
    published: async (mark) => {
      await tables.write(async (sql) => {
        await sql.run('DELETE FROM changed_people WHERE mark <= ?', mark);
        await sql.run('UPDATE change_mark SET published = ? WHERE published < ?', mark, mark);
      });
    },
  };
}

async function beginNotes(sql: Sql): Promise<void> {
  const begun = await sql.run(`UPDATE fleet_state SET part = 'publishes' WHERE part <> 'publishes'`);
  if (begun > 0) await sql.run('UPDATE change_mark SET mark = mark + 1, published = mark + 1');
}

/** Ids, notes, revocations and later reads see the state of the first statement. */
async function snapshotIn(sql: Sql, cipher: TemplateCipher): Promise<PublishSnapshot> {
  const ids = await sql.all<{ readonly id: PersonId }>(
    `SELECT id FROM people WHERE ${NOT_REVOKED('person', 'id')} ORDER BY id`,
  );
  const changed = await sql.all<{ readonly person: PersonId }>('SELECT person FROM changed_people');
  const marks = await sql.one<{ readonly mark: number; readonly published: number }>(
    'SELECT mark, published FROM change_mark',
  );
  const state = await sql.one<{ readonly revocations: number }>('SELECT revocations FROM fleet_state');
  return {
    ids: ids.map(({ id }) => id),
    changes: {
      since: marks?.published ?? 0,
      mark: marks?.mark ?? 0,
      people: changed.map(({ person }) => person),
    },
    revokedThrough: state?.revocations ?? 0,
    read: (people) => readPeople(sql, cipher, people),
  };
}

interface TemplateRow {
  readonly person: PersonId;
  readonly digest: ModelDigest;
  readonly source: string;
  readonly created_at_ms: number;
  readonly sealed: Uint8Array;
  readonly wrapped_key: Uint8Array;
  readonly condition: string;
}

async function readPeople(
  sql: Sql,
  cipher: TemplateCipher,
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
    `SELECT person, digest, source, created_at_ms, sealed, wrapped_key, condition
       FROM templates JOIN people ON people.id = person WHERE ${sql.among('person')} ORDER BY digest, source`,
    list,
  );
  return people.map((row) => {
    // Without consent nothing of a face leaves the registrar.
    const agreed = templates.filter(
      ({ person }) => person === row.id && (row.consent_text ?? '').trim() !== '',
    );
    const undamagedOnes = agreed.flatMap((template) => {
      const vector = undamaged(() => cipher.open(template));
      if (vector === undefined) return [];
      const { digest, source, created_at_ms } = template;
      const condition = conditionOf(template.condition);
      return { digest, source, createdAt: wallTime(created_at_ms), vector, condition };
    });
    const one = {
      person: personOf(row),
      badges: badges.filter(({ person }) => person === row.id).map(({ id }) => id),
      templates: undamagedOnes,
    };
    const damaged = agreed.length - undamagedOnes.length;
    return damaged === 0 ? one : { ...one, damaged };
  });
}
