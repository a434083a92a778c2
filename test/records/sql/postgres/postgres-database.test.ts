/** A real server: logins, certificates, broken connections, and what lies in its files. */
import assert from 'node:assert/strict';
import { chown, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, test } from 'node:test';
import { inspect } from 'node:util';
import { badgeId, modelDigest, personId } from '../../../../src/base/ids.js';
import { wallTime } from '../../../../src/base/units.js';
import { openPublishSource } from '../../../../src/fleet/publish/publish-source.js';
import { revokeAtRegistrar } from '../../../../src/fleet/publish/revoked.js';
import { eraseIn } from '../../../../src/records/erasure/erase-rows.js';
import { forgetRowsOf } from '../../../../src/records/journal/forgotten-rows.js';
import type { GalleryChange } from '../../../../src/records/people/person.js';
import { openGallery } from '../../../../src/records/people/sql-gallery.js';
import { openPostgres } from '../../../../src/records/sql/postgres/postgres-database.js';
import type { PostgresAddress } from '../../../../src/records/sql/postgres/postgres-login.js';
import { actsOfTest } from '../../../fixtures/acts.js';
import { certificateIn, needsPostgres, startPostgres } from './private-postgres.js';

const skip = needsPostgres;
const server = skip === false ? await startPostgres() : undefined;
after(() => server?.stop());
const here = () => server ?? assert.fail('Expected a server.');

const KEY = Buffer.alloc(32, 7);
const PASSWORD = 'tell-nobody-8261';
const ada = personId('ada-lovelace-1815');
const bob = personId('bob');
const VECTOR = Float32Array.from({ length: 128 }, (_, place) => Math.sin(1 + place));
const NAME = 'Augusta Ada King';
const enrolled = (id: typeof ada, name: string): readonly GalleryChange[] => [
  { kind: 'put-person', person: { id, name, consent: { textVersion: '1', givenAt: wallTime(1) } } },
  {
    kind: 'add-template',
    template: {
      person: id,
      digest: modelDigest('d'.repeat(64)),
      source: `${id}`.padEnd(64, '0'),
      vector: VECTOR,
      createdAt: wallTime(2),
    },
  },
  { kind: 'add-badge', badge: badgeId(`badge-of-${id}`), person: id },
];

async function opened(address?: PostgresAddress) {
  const database = await openPostgres(address ?? (await here().newDatabase()));
  return { database, gallery: await openGallery(database, KEY) };
}

/** What somebody would read in a log, causes and all. */
const everythingOf = (error: unknown): string => inspect(error, { depth: 10, showHidden: true });

test('a login with a password works, and a wrong one is refused without being told', { skip }, async (t) => {
  const address = await here().newDatabase();
  await here().tell('postgres', `CREATE ROLE locked LOGIN PASSWORD '${PASSWORD}'`);
  await here().tell(address.database, 'GRANT CREATE ON DATABASE '.concat(address.database, ' TO locked'));
  const locked = { ...address, user: 'locked' };
  const { database } = await opened({ ...locked, password: PASSWORD });
  await database.close();
  for (const password of [`${PASSWORD}-x`, ''])
    await assert.rejects(openPostgres({ ...locked, password }), (error: Error) => {
      assert.match(
        error.message,
        new RegExp(`127\\.0\\.0\\.1:\\d+/${address.database}, got a refused login`),
      );
      assert.ok(!everythingOf(error).includes('tell-nobody'));
      return true;
    });
  const file = path.join(here().folder, 'pgpass');
  await writeFile(file, `127.0.0.1:*:*:locked:${PASSWORD}\n`, { mode: 0o600 });
  const before = process.env.PGPASSFILE;
  process.env.PGPASSFILE = file;
  t.after(() => {
    if (before === undefined) delete process.env.PGPASSFILE;
    else process.env.PGPASSFILE = before;
  });
  await (await openPostgres(locked)).close();
});

test('nobody who listens, no such database, another encoding and a missing right are told apart', {
  skip,
}, async () => {
  const address = await here().newDatabase();
  const fails = async (changes: Partial<PostgresAddress>, message: RegExp, hint: RegExp) =>
    assert.rejects(
      openPostgres({ ...address, ...changes }),
      (error: { code: string; message: string; hint: string }) => {
        assert.equal(error.code, 'gallery-unusable');
        assert.match(error.message, message);
        assert.match(error.hint, hint);
        return true;
      },
    );
  await fails({ port: 1 }, /got no answer/, /Start PostgreSQL/);
  await fails({ host: 'no-such-host.invalid' }, /got no answer/, /registrar\.database/);
  await fails({ database: 'nowhere' }, /no database of that name/, /createdb/);
  await fails({ encryption: 'verify-full' }, /a server that offers none/, /sslmode=disable/);
  const { database: latin } = await here().newDatabase('SQL_ASCII');
  await fails({ database: latin }, /a database in UTF8 .* got one in SQL_ASCII/, /createdb/);
  await here().tell('postgres', 'CREATE ROLE guest LOGIN');
  await fails({ user: 'guest' }, /a user who may not do that/, /CREATE SCHEMA twinstile AUTHORIZATION/);
  await here().tell(address.database, 'CREATE SCHEMA twinstile AUTHORIZATION guest');
  await (await openPostgres({ ...address, user: 'guest' })).close();
  await here().tell(address.database, 'UPDATE twinstile.schema_version SET version = 99');
  await fails({}, /version \d+ or older .* got version 99/, /newer twinstile/);
});

test('offices that open a new database at the same moment make its tables once', { skip }, async () => {
  const address = await here().newDatabase();
  const offices = await Promise.all(Array.from({ length: 4 }, () => opened(address)));
  assert.equal(await here().tell(address.database, 'SELECT count(*) FROM twinstile.schema_version'), '1');
  for (const { database } of offices) await database.close();
});

test('what happens when the connection breaks is told, and the next step works', { skip }, async () => {
  const { database, gallery } = await opened();
  await gallery.apply(enrolled(ada, NAME));
  const cut = database.write(async (sql) => {
    await sql.run('DELETE FROM people');
    const me = await sql.one<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await here().tell('postgres', `SELECT pg_terminate_backend(${me?.pid})`);
    await sql.run('DELETE FROM people');
  });
  await assert.rejects(cut, { code: 'gallery-unusable', message: /a connection that broke/, hint: /Repeat/ });
  assert.equal((await gallery.list()).length, 1);
  // While nobody speaks: connections that lie in the pool break as well.
  await here().restart();
  assert.equal((await gallery.list()).length, 1);
  await database.close();
  await assert.rejects(gallery.list(), { code: 'stopped' });
});

test('a transaction that fails leaves nothing behind, not even when the failure is swallowed', {
  skip,
}, async () => {
  const { database, gallery } = await opened();
  const swallowed = database.write(async (sql) => {
    await sql.run('UPDATE gallery_state SET version = 9');
    await sql.run('SELECT nonsense').catch(() => {});
  });
  await assert.rejects(swallowed, { code: 'internal', message: /ROLLBACK/ });
  assert.equal(await gallery.version(), 0);
  await assert.rejects(
    database.read((sql) => sql.run('UPDATE gallery_state SET version = 9')),
    { code: 'gallery-unusable', message: /cannot be written/ },
  );
  await database.close();
});

test('vectors are sealed and bound to their person as in SQLite', { skip }, async () => {
  const { database, gallery } = await opened();
  await gallery.apply([...enrolled(ada, NAME), ...enrolled(bob, 'Bob')]);
  const [row] = await database.read((sql) => sql.all<{ sealed: Buffer }>('SELECT sealed FROM templates'));
  assert.ok(row !== undefined && !row.sealed.includes(Buffer.from(VECTOR.buffer).subarray(0, 8)));
  await assert.rejects(openGallery(database, Buffer.alloc(32, 8)), { code: 'gallery-locked' });
  await database.write((sql) =>
    sql.run('UPDATE templates SET sealed = (SELECT sealed FROM templates WHERE person = ?)', bob),
  );
  assert.deepEqual([await gallery.vectors(ada), (await gallery.vectors(bob)).length], [[], 1]);
  await database.close();
});

test('whoever is erased is in no table’s file, and no note says who it was', { skip }, async () => {
  const address = await here().newDatabase();
  const { database, gallery } = await opened(address);
  await gallery.apply([...enrolled(ada, NAME), ...enrolled(bob, 'Bob')]);
  const source = await openPublishSource(database, KEY);
  await source.snapshot(async () => {});
  await revokeAtRegistrar(database, [ada], [], actsOfTest);
  for (let n = 0; n < 20; n += 1)
    await gallery.apply([{ kind: 'put-person', person: { id: ada, name: `${NAME} ${n}` } }]);
  const where = async () => {
    await here().tell(address.database, 'CHECKPOINT');
    const oid = await here().tell(
      'postgres',
      `SELECT oid FROM pg_database WHERE datname = '${address.database}'`,
    );
    const folder = path.join(here().folder, 'data', 'base', oid);
    const found: string[] = [];
    for (const name of await readdir(folder)) {
      const bytes = await readFile(path.join(folder, name));
      if ([NAME, ada, `badge-of-${ada}`].some((word) => bytes.includes(word))) found.push(name);
    }
    return found;
  };
  assert.ok((await where()).length >= 4, 'it was there');
  // As at the registrar: who it was goes from the journal in the same transaction.
  const erased = await database.write(async (sql) => {
    const rows = await eraseIn(sql, [ada]);
    await forgetRowsOf(sql, [ada], rows.badges);
    return rows;
  });
  assert.deepEqual(erased, {
    people: 1,
    templates: 1,
    badges: [`badge-of-${ada}`],
    tombstones: 1,
  });
  assert.equal(await database.rebuild(), true);
  assert.deepEqual(await where(), []);
  assert.deepEqual(await source.snapshot(async ({ changes }) => changes.people), [bob]);
  await database.close();
});

test('another machine is only believed by its certificate', { skip, timeout: 60_000 }, async (t) => {
  const plain = await startPostgres();
  t.after(() => plain.stop());
  const authority = await certificateIn(plain.folder);
  if (authority === undefined) return t.skip('needs openssl');
  const settings = path.join(plain.folder, 'data', 'postgresql.conf');
  const lines = [
    'ssl = on',
    `ssl_cert_file = '${plain.folder}/server.crt'`,
    `ssl_key_file = '${plain.folder}/server.key'`,
  ];
  const { uid, gid } = await stat(settings);
  await writeFile(settings, `${await readFile(settings, 'utf8')}${lines.join('\n')}\n`);
  await chown(settings, uid, gid);
  await plain.restart();
  const address = await plain.newDatabase();
  for (const [changes, isGood] of [
    [{ encryption: 'verify-full', host: 'localhost', authority }, true],
    [{ encryption: 'verify-full', host: '127.0.0.1', authority }, false],
    [{ encryption: 'verify-full', host: 'localhost' }, false],
    [{ encryption: 'verify-ca', host: '127.0.0.1', authority }, true],
    [{ encryption: 'verify-ca', host: '127.0.0.1' }, false],
    [{ encryption: 'require', host: '127.0.0.1' }, true],
  ] as const) {
    const opening = openPostgres({ ...address, ...changes });
    if (!isGood) {
      await assert.rejects(opening, {
        message: /certificate is not to be trusted/,
        hint: /registrar\.ca_file/,
      });
      continue;
    }
    const database = await opening;
    assert.equal(
      (
        await database.read((sql) =>
          sql.one<{ ssl: boolean }>('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()'),
        )
      )?.ssl,
      true,
    );
    await database.close();
  }
});
