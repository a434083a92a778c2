/** What does one change of the gallery do to the tables? */
import { TwinstileError } from '../base/errors.js';
import type { PersonId } from '../base/ids.js';
import type { GalleryChange, Person, Template } from '../gallery/person.js';
import type { Sql } from '../ports/tables.js';
import type { Vault } from './vault.js';

/** @throws TwinstileError 'person-unknown' when a template or badge names nobody. */
export async function applyChange(sql: Sql, vault: Vault, change: GalleryChange): Promise<void> {
  switch (change.kind) {
    case 'put-person':
      return putPerson(sql, vault, change.person);
    case 'remove-person':
      // Badges and templates go with it.
      await sql.run('DELETE FROM people WHERE id = ?', change.person);
      return;
    case 'add-template':
      return addTemplate(sql, vault, change.template);
    case 'add-badge':
      await keyOf(sql, change.person, `badge ${change.badge}`);
      await sql.run(
        'INSERT INTO badges VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET person = excluded.person',
        change.badge,
        change.person,
      );
      return;
    case 'remove-badge':
      await sql.run('DELETE FROM badges WHERE id = ?', change.badge);
      return;
  }
}

/** A person who is there already keeps the data key, and with it the templates. */
async function putPerson(sql: Sql, vault: Vault, person: Person): Promise<void> {
  await sql.run(
    `INSERT INTO people (id, name, consent_text, consent_given_at_ms, valid_from_ms, valid_until_ms, wrapped_key,
                         member_of, consent_until_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
       name = excluded.name,
       consent_text = excluded.consent_text,
       consent_given_at_ms = excluded.consent_given_at_ms,
       valid_from_ms = excluded.valid_from_ms,
       valid_until_ms = excluded.valid_until_ms,
       member_of = excluded.member_of,
       consent_until_ms = excluded.consent_until_ms`,
    person.id,
    person.name,
    person.consent?.textVersion ?? null,
    person.consent?.givenAt ?? null,
    person.validFrom ?? null,
    person.validUntil ?? null,
    vault.newWrappedKey(person.id),
    (person.groups ?? []).join(' '),
    person.consent?.until ?? null,
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
