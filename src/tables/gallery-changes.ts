/** What does one change of the gallery do to the tables? */
import { TwinstileError } from '../base/errors.js';
import type { PersonId } from '../base/ids.js';
import type { GalleryChange, Person, Template } from '../gallery/person.js';
import type { Sql } from '../ports/tables.js';
import { columnsOf, holderIn, PERSON_COLUMNS, type PersonRow, personOf } from './gallery-people.js';
import type { Vault } from './vault.js';

/** @throws TwinstileError 'person-unknown' when a template or badge names nobody; 'gallery-changed'. */
export async function applyChange(sql: Sql, vault: Vault, change: GalleryChange): Promise<void> {
  switch (change.kind) {
    case 'put-person':
      return putPerson(sql, vault, change.person, change.over);
    case 'remove-person':
      // Badges and templates go with it.
      await sql.run('DELETE FROM people WHERE id = ?', change.person);
      return;
    case 'add-template':
      return addTemplate(sql, vault, change.template);
    case 'add-badge':
      return addBadge(sql, change);
    case 'remove-badge':
      await sql.run('DELETE FROM badges WHERE id = ?', change.badge);
      return;
  }
}

/** A person who is there already keeps the data key, and with it the templates. */
async function putPerson(
  sql: Sql,
  vault: Vault,
  person: Person,
  over: Person | null | undefined,
): Promise<void> {
  if (over !== undefined) await expectPerson(sql, person.id, over);
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
    vault.newWrappedKey(person.id),
  );
}

async function expectPerson(sql: Sql, id: PersonId, over: Person | null): Promise<void> {
  const row = await sql.one<PersonRow>(`SELECT ${PERSON_COLUMNS} FROM people WHERE id = ?`, id);
  const isAsSeen =
    row === undefined || over === null
      ? row === undefined && over === null
      : JSON.stringify(columnsOf(personOf(row))) === JSON.stringify(columnsOf(over));
  if (!isAsSeen)
    throw new TwinstileError({
      code: 'gallery-changed',
      message: `Expected ${id} as read a moment ago, got a record that somebody else changed meanwhile.`,
      hint: 'Nothing was stored of this step. Look at the record, then run the same command again.',
    });
}

async function addBadge(
  sql: Sql,
  { badge, person, from }: Extract<GalleryChange, { readonly kind: 'add-badge' }>,
): Promise<void> {
  await keyOf(sql, person, `badge ${badge}`);
  const holder = await holderIn(sql, badge);
  if (from !== undefined && holder !== (from ?? undefined) && holder !== person)
    throw new TwinstileError({
      code: 'gallery-changed',
      message: `Expected badge ${badge} ${from === null ? 'to be free' : `with ${from}`}, got it ${holder === undefined ? 'free' : `with ${holder}`}: somebody else was quicker.`,
      hint: 'Nothing was stored of this step. See who has it with `twinstile badge list`, then repeat.',
    });
  await sql.run(
    'INSERT INTO badges VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET person = excluded.person',
    badge,
    person,
  );
}

/** The same photo again takes the place of the template it gave before. */
async function addTemplate(sql: Sql, vault: Vault, template: Template): Promise<void> {
  const key = await keyOf(sql, template.person, 'a template');
  await sql.run(
    `INSERT INTO templates VALUES (?, ?, ?, ?, ?) ON CONFLICT (digest, person, source) DO UPDATE SET
       created_at_ms = excluded.created_at_ms,
       sealed = excluded.sealed`,
    template.digest,
    template.person,
    template.source,
    template.createdAt,
    vault.seal(template, key),
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
