/** A gallery that follows the fleet: what was published takes the place of what was, in one transaction. */
import { setImmediate as otherWork } from 'node:timers/promises';
import type { PersonId } from '../../base/ids.js';
import type {
  AppliedGallery,
  FleetGallery,
  GalleryUpdate,
  Revocation,
  UpdateSum,
} from '../../ports/fleet.js';
import type { Sql } from '../../ports/tables.js';
import { placeOf, placesOf } from '../../sync/bucket.js';
import type { ReceivedPerson } from '../../sync/published-person.js';
import { revokeIn } from '../../tables/revoked.js';
import { Vault } from '../../tables/vault.js';
import type { Database } from './database.js';
import { putAll, type SealedPerson } from './fleet-rows.js';
import { loadTrust, saveTrust } from './trust-store.js';

/** The database stays the caller's to close. @param key of the gallery, 32 bytes. @throws TwinstileError 'gallery-locked'. */
export async function openFleetGallery(database: Database, key: Uint8Array): Promise<FleetGallery> {
  const vault = new Vault(key);
  await database.write((sql) => vault.unlock(sql));
  return {
    load: () => database.read(loadTrust),
    save: (trust) => database.write((sql) => saveTrust(sql, trust)),
    applied: () => database.survey(appliedIn),
    apply: (update) => apply(database, vault, update),
    revoke: (revocation: Revocation) =>
      database.write(async (sql) => {
        const state = await sql.one<{ readonly revocations: number }>('SELECT revocations FROM fleet_state');
        if (revocation.serial <= (state?.revocations ?? 0)) return false;
        await revokeIn(sql, revocation);
        return true;
      }),
  };
}

async function appliedIn(sql: Sql): Promise<AppliedGallery | undefined> {
  const state = await sql.one<{
    readonly serial: number | null;
    readonly manifest: string | null;
    readonly bits: number | null;
    readonly shelves: string;
  }>('SELECT serial, manifest, bits, shelves FROM fleet_state');
  if (state === undefined || state.serial === null || state.manifest === null || state.bits === null)
    return undefined;
  const segments = await sql.all<{ readonly bucket: number; readonly sha256: string }>(
    'SELECT bucket, sha256 FROM fleet_segments',
  );
  return {
    serial: state.serial,
    manifest: state.manifest,
    bits: state.bits,
    shelves: JSON.parse(state.shelves) as readonly string[],
    segments: new Map(segments.map(({ bucket, sha256 }) => [bucket, sha256])),
  };
}

/** In KiB; negative, as SQLite has it. */
const USUAL_CACHE = -2_000;
/** A first gallery of 100,000 people fills it; it is given back afterwards. */
const MOST_CACHE = 262_144;

/** In KiB. With too little of it a large transaction writes the same pages to the log again and again. */
const cacheFor = (people: readonly SealedPerson[]): number =>
  Math.min(MOST_CACHE, 16_384 + people.length * 4);

interface Known {
  readonly person: PersonId;
  readonly digest: string;
}

/** Templates are sealed before the transaction begins: while it lasts nobody else can write, and the gate writes often. */
async function apply(database: Database, vault: Vault, update: GalleryUpdate): Promise<UpdateSum> {
  const known = await database.survey(async (sql) => ({
    people: new Map(
      (await sql.all<Known>('SELECT person, digest FROM fleet_people')).map((row) => [
        row.person,
        row.digest,
      ]),
    ),
    keys: new Map(
      (
        await sql.all<{ readonly id: PersonId; readonly wrapped_key: Uint8Array }>(
          'SELECT id, wrapped_key FROM people',
        )
      ).map((row) => [row.id, row.wrapped_key]),
    ),
  }));
  const changed: SealedPerson[] = [];
  for (const people of update.replaced.values()) {
    await otherWork();
    for (const one of people)
      if (known.people.get(one.person.id) !== one.digest)
        changed.push(sealed(vault, one, known.keys.get(one.person.id)));
  }
  // In the order of the tables' own trees; people come in the order of their hashes.
  changed.sort((a, b) => (a.person.id < b.person.id ? -1 : 1));
  const sum = await database.write(async (sql) => {
    await sql.all(`PRAGMA cache_size = -${cacheFor(changed)}`);
    const gone = await goneFrom(sql, update);
    for (const person of gone) await sql.run('DELETE FROM people WHERE id = ?', person);
    await putAll(sql, changed);
    await settle(sql, update);
    if (gone.length > 0 || changed.length > 0)
      await sql.run('UPDATE gallery_state SET version = version + 1');
    await sql.all(`PRAGMA cache_size = ${USUAL_CACHE}`);
    return { put: changed.length, removed: gone.length };
  });
  // What was erased must not stay readable in the log of writes.
  if (sum.removed > 0) await database.scrub();
  return sum;
}

function sealed(vault: Vault, one: ReceivedPerson, wrapped: Uint8Array | undefined): SealedPerson {
  const { person, badges, templates, digest } = one;
  const key = wrapped ?? vault.newWrappedKey(person.id);
  return {
    person,
    badges,
    digest,
    place: placeOf(person.id),
    key,
    templates: templates.map((template) => ({
      digest: template.digest,
      source: template.source,
      createdAt: template.createdAt,
      sealed: vault.seal({ ...template, person: person.id }, key),
    })),
  };
}

/** Of the buckets that are replaced, who is no longer there? */
async function goneFrom(sql: Sql, { replaced, bits }: GalleryUpdate): Promise<readonly PersonId[]> {
  const gone: PersonId[] = [];
  for (const [bucket, people] of replaced) {
    const here = new Set(people.map(({ person }) => person.id));
    const rows = await sql.all<{ readonly person: PersonId }>(
      'SELECT person FROM fleet_people WHERE place BETWEEN ? AND ?',
      ...placesOf(bucket, bits),
    );
    gone.push(...rows.map(({ person }) => person).filter((person) => !here.has(person)));
  }
  return gone;
}

async function settle(sql: Sql, update: GalleryUpdate): Promise<void> {
  const segments = JSON.stringify([...update.segments]);
  await sql.run(
    'DELETE FROM fleet_segments WHERE bucket NOT IN (SELECT value ->> 0 FROM json_each(?))',
    segments,
  );
  await sql.run(
    `INSERT INTO fleet_segments SELECT value ->> 0, value ->> 1 FROM json_each(?) WHERE true
       ON CONFLICT (bucket) DO UPDATE SET sha256 = excluded.sha256 WHERE sha256 <> excluded.sha256`,
    segments,
  );
  await sql.run('DELETE FROM revoked WHERE serial <= ?', update.revokedThrough);
  await saveTrust(sql, update.trust);
  await sql.run(
    `UPDATE fleet_state SET part = 'follows', serial = ?, manifest = ?, bits = ?, shelves = ?,
       revocations = max(revocations, ?)`,
    update.serial,
    update.manifest,
    update.bits,
    JSON.stringify(update.shelves),
    update.revokedThrough,
  );
}
