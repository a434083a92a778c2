/** Whom an erasure means: what is held on each id, wherever it is held. */

import { TwinstileError } from '../../base/errors.js';
import type { PersonId } from '../../base/ids.js';
import { plural } from '../../base/plural.js';
import { isAbout } from '../../records/erasure/erasure-receipt.js';
import { isMentionedInFile } from '../../records/erasure/erasure-traces.js';
import { readEnrolled } from '../../records/people/gallery-people.js';
import type { Enrolled } from '../../records/people/gallery-store.js';
import { backupsIn } from '../../records/sql/sqlite/sqlite-backup.js';
import type { Database } from '../../records/sql/sqlite/sqlite-database.js';
import type { Sql, Tables } from '../../records/sql-port.js';
import type { Config } from '../../service/config/config-schema.js';
import { readErasureKeys } from '../../service/erasure/erasure-key.js';
import { readReceipts } from '../../service/erasure/erasure-receipts.js';
import { backupFolder } from '../../service/setup/open-gallery.js';
import { briefOf, nearHint } from '../person-lines.js';

export interface Target {
  readonly person: PersonId;
  /** Absent: not enrolled any more. */
  readonly enrolled?: Enrolled | undefined;
  readonly journalRows: number;
  readonly messages: number;
  /** Of revocations, and of changes that are not published yet. */
  readonly notes: number;
  /** Files of backups that contain the id. */
  readonly backups: readonly string[];
  /** When the box erased this id before. */
  readonly erasedAt?: string | undefined;
}

export const isHeld = ({ enrolled, journalRows, messages, notes, backups }: Target): boolean =>
  enrolled !== undefined || journalRows + messages + notes + backups.length > 0;

/** Of a box: its tables, its journal, its outbox, its backups, its receipts. */
export async function targetsAtBox(
  database: Database,
  config: Config,
  galleryKey: Uint8Array,
  people: readonly PersonId[],
): Promise<readonly Target[]> {
  const files = (await backupsIn(backupFolder(config))).map(({ file }) => file);
  const { receipts } = await readReceipts(config);
  const box = await readErasureKeys(config, galleryKey);
  const targets: Target[] = [];
  for (const person of people) {
    const backups: string[] = [];
    for (const file of files) if (await isMentionedInFile(file, person)) backups.push(file);
    const receipt = receipts.find((each) => isAbout(each, person, { box }) === true);
    targets.push({
      person,
      ...(await database.read((sql) => heldIn(sql, person))),
      messages: await database.read((sql) => messagesAbout(sql, person)),
      backups,
      erasedAt: receipt?.erased_at,
    });
  }
  return targets;
}

/** Of a registrar: the tables and the journal of its acts. */
export async function targetsAtRegistrar(
  tables: Pick<Tables, 'read'>,
  people: readonly PersonId[],
): Promise<readonly Target[]> {
  const targets: Target[] = [];
  for (const person of people)
    targets.push({
      person,
      ...(await tables.read((sql) => heldIn(sql, person))),
      messages: 0,
      backups: [],
    });
  return targets;
}

async function heldIn(
  sql: Sql,
  person: PersonId,
): Promise<Pick<Target, 'enrolled' | 'journalRows' | 'notes'>> {
  const [enrolled] = await readEnrolled(sql, person);
  const about = [sql.field('personal', 'person'), sql.field('personal', 'badge')].map((field) =>
    sql.among(field),
  );
  const rows = await sql.one<{ readonly count: number }>(
    `SELECT count(*) AS count FROM journal WHERE personal IS NOT NULL AND (${about.join(' OR ')})`,
    JSON.stringify([person]),
    JSON.stringify(enrolled?.badges ?? []),
  );
  const notes = await sql.one<{ readonly count: number }>(
    `SELECT (SELECT count(*) FROM revoked WHERE kind = 'person' AND id = ?)
          + (SELECT count(*) FROM changed_people WHERE person = ?) AS count`,
    person,
    person,
  );
  return { enrolled, journalRows: rows?.count ?? 0, notes: notes?.count ?? 0 };
}

async function messagesAbout(sql: Sql, person: PersonId): Promise<number> {
  const found = await sql.one<{ readonly count: number }>(
    `SELECT count(*) AS count FROM outbox WHERE json_valid(payload) AND json_extract(payload, '$.person') = ?`,
    person,
  );
  return found?.count ?? 0;
}

/** "ada  Ada Lovelace, badges b1 b2, 3 templates, 12 rows of the journal, in 2 backups". */
export function targetLine({ person, enrolled, journalRows, messages, backups }: Target): string {
  return [
    enrolled === undefined ? `${person}  not enrolled any more` : briefOf(enrolled),
    `${plural(journalRows, 'row')} of the journal`,
    ...(messages === 0 ? [] : [plural(messages, 'waiting message')]),
    `in ${plural(backups.length, 'backup')}`,
  ].join(', ');
}

/** For ids that are held nowhere, and were never erased here: most likely mistyped. */
export async function nothingFoundFor(
  tables: Pick<Tables, 'read'>,
  ids: readonly PersonId[],
): Promise<TwinstileError> {
  const known = await tables.read((sql) => sql.all<{ readonly id: string }>('SELECT id FROM people'));
  return new TwinstileError({
    code: 'person-unknown',
    message: `Expected the id of somebody who is held here, got '${ids.join("', '")}': not enrolled, not in the journal, in no backup. Nothing was erased, and there is no receipt.`,
    hint: ids
      .map((id) =>
        nearHint(
          id,
          known.map((one) => one.id),
        ),
      )
      .join(' '),
  });
}
