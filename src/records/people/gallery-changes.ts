/** Applies one change of the gallery to the tables. */
import { TwinstileError } from '../../base/errors.js';
import { type BadgeId, badgeId, type PersonId } from '../../base/ids.js';
import { badgeKey, idKey, readBadgeText } from '../../base/names.js';
import { UNKNOWN_CONDITION } from '../../biometrics/conditions/capture-condition.js';
import type { Sql } from '../sql-port.js';
import {
  badgeRowsIn,
  columnsOf,
  isRevokedBadge,
  PERSON_COLUMNS,
  type PersonRow,
  personOf,
  standingIn,
} from './gallery-people.js';
import type { GalleryChange, Person, Template } from './person.js';
import { expectRecord, MAX_BADGES, MAX_TEMPLATES } from './record-rules.js';
import type { TemplateCipher } from './template-cipher.js';
import { type BadgeTag, releaseIn } from './tombstones.js';

export interface ChangeDependencies {
  readonly cipher: TemplateCipher;
  readonly tag: BadgeTag;
}

/** @throws TwinstileError 'person-unknown' when a template or badge names a person who is not enrolled; 'gallery-changed'; 'enrolment-refused'. */
export async function applyChange(
  sql: Sql,
  dependencies: ChangeDependencies,
  change: GalleryChange,
): Promise<void> {
  const { cipher, tag } = dependencies;
  switch (change.kind) {
    case 'put-person':
      return putPerson(sql, cipher, change.person, change.over);
    case 'remove-person':
      // Badges and templates go with it.
      await sql.run('DELETE FROM people WHERE id = ?', change.person);
      return;
    case 'add-template':
      return addTemplate(sql, cipher, change.template);
    case 'set-condition':
      await sql.run(
        `UPDATE templates SET condition = ? WHERE person = ? AND ${sql.among('condition')}`,
        change.condition,
        change.person,
        JSON.stringify(change.instead),
      );
      return;
    case 'add-badge':
      return addBadge(sql, tag, change);
    case 'remove-badge':
      for (const { id } of await badgeRowsIn(sql, change.badge, tag)) {
        // A damaged tag would leave a tombstone of no badge.
        await sql.run('UPDATE badges SET tag = ? WHERE id = ? AND tag <> ?', tag(id), id, tag(id));
        await sql.run('DELETE FROM badges WHERE id = ?', id);
      }
      return;
    case 'release-badge':
      await expectNotRevoked(sql, change.badge);
      await releaseIn(sql, tag(change.badge));
      return;
  }
}

/** A person who is there already keeps the data key, and with it the templates. */
async function putPerson(
  sql: Sql,
  cipher: TemplateCipher,
  person: Person,
  over: Person | null | undefined,
): Promise<void> {
  const row = await sql.one<PersonRow>(`SELECT ${PERSON_COLUMNS} FROM people WHERE id = ?`, person.id);
  const stored = row === undefined ? undefined : personOf(row);
  if (over !== undefined) expectAsSeen(person.id, stored, over);
  // A problem that was stored before must not prevent withdrawing consent or a suspension.
  expectRecord({ person }, stored);
  if (stored === undefined) await expectOneSpelling(sql, person.id);
  await sql.run(
    `INSERT INTO people (${PERSON_COLUMNS}, wrapped_key)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
       name = excluded.name,
       consent_text = excluded.consent_text,
       consent_given_at_ms = excluded.consent_given_at_ms,
       valid_from_ms = excluded.valid_from_ms,
       valid_until_ms = excluded.valid_until_ms,
       member_of = excluded.member_of,
       consent_until_ms = excluded.consent_until_ms`,
    ...columnsOf(person),
    cipher.newWrappedKey(person.id),
  );
}

function expectAsSeen(id: PersonId, stored: Person | undefined, over: Person | null): void {
  const isAsSeen =
    stored === undefined || over === null
      ? stored === undefined && over === null
      : JSON.stringify(columnsOf(stored)) === JSON.stringify(columnsOf(over));
  if (!isAsSeen)
    throw new TwinstileError({
      code: 'gallery-changed',
      message: `Expected ${id} as read a moment ago, got a record that somebody else changed meanwhile.`,
      hint: 'Nothing was stored of this step. Look at the record, then run the same command again.',
    });
}

/** Refuses an id that means the same as another person's; clashes from older versions are kept and reported. */
async function expectOneSpelling(sql: Sql, id: PersonId): Promise<void> {
  const other = await sql.one<{ readonly id: PersonId }>(
    'SELECT id FROM people WHERE lower(id) = ?',
    idKey(id),
  );
  if (other === undefined) return;
  throw new TwinstileError({
    code: 'enrolment-refused',
    message: `Expected one spelling of each person id, got ${id} beside ${other.id}.`,
    hint: `Write ${other.id} if that person is meant, else choose an id that differs by more than capitals.`,
  });
}

async function addBadge(
  sql: Sql,
  tag: BadgeTag,
  { badge: written, person, from }: Extract<GalleryChange, { readonly kind: 'add-badge' }>,
): Promise<void> {
  const badge = badgeFrom(written);
  await keyOf(sql, person, `badge ${badge}`);
  const standing = await standingIn(sql, badge, tag);
  const holder = standing.kind === 'held' ? standing.person : undefined;
  if (from !== undefined && holder !== (from ?? undefined) && holder !== person)
    throw new TwinstileError({
      code: 'gallery-changed',
      message: `Expected badge ${badge} ${from === null ? 'to be free' : `with ${from}`}, got it ${holder === undefined ? 'free' : `with ${holder}`}: somebody else was quicker.`,
      hint: 'Nothing was stored of this step. See who has it with `twinstile badge list`, then repeat.',
    });
  // One card is one row: what it was called before goes.
  for (const { id } of await badgeRowsIn(sql, badge, tag))
    if (id !== badge) await sql.run('DELETE FROM badges WHERE id = ?', id);
  await sql.run(
    `INSERT INTO badges (id, person, tag) VALUES (?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET person = excluded.person, tag = excluded.tag`,
    badge,
    person,
    tag(badge),
  );
  const held = await sql.all<{ readonly id: string }>('SELECT id FROM badges WHERE person = ?', person);
  if (new Set(held.map(({ id }) => badgeKey(id))).size > MAX_BADGES)
    throw tooMany(
      person,
      `${MAX_BADGES} badges`,
      `${held.length}`,
      'Take one back first: twinstile badge remove BADGE',
    );
}

/** A revoked badge keeps its tombstone: after publishing, that is the only record of the revocation. */
async function expectNotRevoked(sql: Sql, badge: BadgeId): Promise<void> {
  if (!(await isRevokedBadge(sql, badge))) return;
  throw new TwinstileError({
    code: 'enrolment-refused',
    message: `Expected a badge whose revocation is over, got ${badge}, which is revoked now.`,
    hint: `Undo that at the registrar first: twinstile gallery revoke --undo --badge ${badge}`,
  });
}

/** As it is stored: a serial number without the separators of a reader. */
function badgeFrom(written: string): BadgeId {
  const badge = readBadgeText(written);
  if (badge !== undefined) return badgeId(badge);
  throw new TwinstileError({
    code: 'enrolment-refused',
    message: `Expected a badge of 1 to 64 letters, digits, dots, dashes or underscores, got ${JSON.stringify(written)}.`,
    hint: 'Write it as the reader reports it.',
  });
}

const tooMany = (person: PersonId, limit: string, got: string, hint: string): TwinstileError =>
  new TwinstileError({
    code: 'enrolment-refused',
    message: `Expected at most ${limit} for ${person}, got ${got}.`,
    hint,
  });

/** The same photo again takes the place of the template it gave before. */
async function addTemplate(sql: Sql, cipher: TemplateCipher, template: Template): Promise<void> {
  const key = await keyOf(sql, template.person, 'a template');
  await sql.run(
    `INSERT INTO templates (digest, person, source, created_at_ms, sealed, condition) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (digest, person, source) DO UPDATE SET
       created_at_ms = excluded.created_at_ms,
       sealed = excluded.sealed,
       condition = excluded.condition`,
    template.digest,
    template.person,
    template.source,
    template.createdAt,
    cipher.seal(template, key),
    template.condition ?? UNKNOWN_CONDITION,
  );
  const counted = await sql.one<{ readonly count: number }>(
    'SELECT count(*) AS count FROM templates WHERE person = ?',
    template.person,
  );
  if ((counted?.count ?? 0) > MAX_TEMPLATES)
    throw tooMany(
      template.person,
      `${MAX_TEMPLATES} photographs`,
      `${counted?.count}`,
      'Enroll fewer photographs of this person: three good ones are enough.',
    );
}

async function keyOf(sql: Sql, person: PersonId, thing: string): Promise<Uint8Array> {
  const row = await sql.one<{ readonly wrapped_key: Uint8Array }>(
    'SELECT wrapped_key FROM people WHERE id = ?',
    person,
  );
  if (row !== undefined) return row.wrapped_key;
  throw new TwinstileError({
    code: 'person-unknown',
    message: `Expected ${thing} for somebody who is enrolled, got the person id '${person}'.`,
    hint: 'See who is enrolled with: twinstile people list',
  });
}
