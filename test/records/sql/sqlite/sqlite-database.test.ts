import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, mkdir, open, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { TwinstileError } from '../../../../src/base/errors.js';
import { connect } from '../../../../src/records/sql/sqlite/sqlite-connection.js';
import { type Database, openDatabase } from '../../../../src/records/sql/sqlite/sqlite-database.js';
import { scratchFolder } from './scratch.js';

const newFile = await scratchFolder();
const modeOf = async (name: string) => (await stat(name)).mode & 0o777;

test('the file is for its owner alone, and so is the folder it makes', async () => {
  const file = newFile();
  const database = await openDatabase(file);
  assert.equal(await modeOf(file), 0o600);
  assert.equal(await modeOf(`${file}-wal`), 0o600);
  assert.equal(await modeOf(path.dirname(file)), 0o700);
  await database.close();
  await chmod(file, 0o644);
  await (await openDatabase(file)).close();
  assert.equal(await modeOf(file), 0o600);
});

test('closing leaves one file and no log', async () => {
  const file = newFile();
  const database = await openDatabase(file);
  await database.write((sql) => sql.run('UPDATE gallery_state SET version = 5'));
  await database.close();
  assert.equal(existsSync(`${file}-wal`), false);
  await assert.rejects(
    database.read((sql) => sql.all('SELECT 1')),
    { code: 'stopped' },
  );
  await database.close();
});

test('a transaction that fails leaves nothing behind, and the next one goes on', async () => {
  const database = await openDatabase(':memory:');
  const failing = database.write(async (sql) => {
    await sql.run('UPDATE gallery_state SET version = 9');
    throw new Error('changed my mind');
  });
  const version = database.read((sql) => sql.one('SELECT version FROM gallery_state'));
  await assert.rejects(failing, /changed my mind/);
  assert.deepEqual(await version, { version: 0 });
  await assert.rejects(
    database.read((sql) => sql.all('SELECT nonsense')),
    { code: 'internal', message: /nonsense/ },
  );
  assert.deepEqual(await database.read((sql) => sql.one('SELECT version FROM gallery_state')), {
    version: 0,
  });
  await database.close();
});

test('transactions of concurrent callers do not run into each other', async () => {
  const database = await openDatabase(':memory:');
  await Promise.all(
    Array.from({ length: 20 }, () =>
      database.write(async (sql) => {
        const state = await sql.one<{ readonly version: number }>('SELECT version FROM gallery_state');
        await new Promise((resolve) => setImmediate(resolve));
        await sql.run('UPDATE gallery_state SET version = ?', (state?.version ?? 0) + 1);
      }),
    ),
  );
  assert.deepEqual(await database.read((sql) => sql.one('SELECT version FROM gallery_state')), {
    version: 20,
  });
  await database.close();
});

test('what the driver is told about durability and erasure holds', async () => {
  const database = await openDatabase(newFile());
  const told = await database.read(async (sql) =>
    Promise.all(
      ['journal_mode', 'synchronous', 'foreign_keys', 'secure_delete'].map(async (name) =>
        Object.values((await sql.one<Record<string, unknown>>(`PRAGMA ${name}`)) ?? {}),
      ),
    ),
  );
  assert.deepEqual(told.flat(), ['wal', 2, 1, 1]);
  await database.close();
});

async function withFile(content: string | Uint8Array): Promise<string> {
  const file = newFile();
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
  return file;
}

test('a file of another kind is refused and left as it is', async () => {
  const file = await withFile('This is a letter and no database. '.repeat(100));
  await assert.rejects(openDatabase(file), {
    code: 'gallery-unusable',
    message: /another kind/,
    hint: /move the file/,
  });
  assert.match(await readFile(file, 'utf8'), /^This is a letter/);
});

test('a database of another program is refused', async () => {
  const file = await withFile('');
  const connection = await connect(file);
  await connection.script('CREATE TABLE recipes (name TEXT)');
  await connection.close();
  await assert.rejects(openDatabase(file), { code: 'gallery-unusable', message: /another program/ });
});

test('a database from the future is refused with a hint', async () => {
  const file = newFile();
  await (await openDatabase(file)).close();
  const connection = await connect(file);
  await connection.script('PRAGMA user_version = 999');
  await connection.close();
  await assert.rejects(openDatabase(file), {
    code: 'gallery-unusable',
    message: /version 999/,
    hint: /newer twinstile/,
  });
});

test('a damaged database is refused with a hint', async () => {
  const file = newFile();
  const database = await openDatabase(file);
  await database.write(async (sql) => {
    for (let n = 0; n < 500; n += 1)
      await sql.run("INSERT INTO people (id, name, wrapped_key) VALUES (?, 'x', zeroblob(100))", `p${n}`);
  });
  await database.close();
  const handle = await open(file, 'r+');
  const { size } = await handle.stat();
  for (let page = 2; page < size / 4096; page += 1)
    await handle.write(Buffer.alloc(200, 0xff), 0, 200, page * 4096);
  await handle.close();
  await assert.rejects(openDatabase(file), { code: 'gallery-unusable', message: /damaged/, hint: /backup/ });
});

test('a folder that cannot be made is told with a hint', async () => {
  const file = await withFile('');
  await assert.rejects(openDatabase(path.join(file, 'below/twinstile.db')), {
    code: 'gallery-unusable',
    hint: /write/,
  });
});

test('a full disk is told, loses nothing, and is forgotten once there is room', async () => {
  const database = await openDatabase(newFile());
  const fill = (rows: number) =>
    database.write(async (sql) => {
      for (let n = 0; n < rows; n += 1)
        await sql.run(
          "INSERT INTO journal (kind, subject, at_ms, body, hash) VALUES ('passage', 's', 1, ?, 'h')",
          'x'.repeat(10_000),
        );
    });
  await fill(3);
  const rows = () => database.read((sql) => sql.one('SELECT count(*) AS rows FROM journal'));
  const pages = await database.read((sql) => sql.one<{ readonly page_count: number }>('PRAGMA page_count'));
  // The driver's stand-in for a disk without room.
  const limit = (most: number) => database.read((sql) => sql.all(`PRAGMA max_page_count = ${most}`));
  await limit((pages?.page_count ?? 0) + 5);
  await assert.rejects(fill(20), { code: 'gallery-unusable', message: /full disk/, hint: /space/ });
  assert.deepEqual(await rows(), { rows: 3 });
  await limit(1_000_000);
  await fill(20);
  assert.deepEqual(await rows(), { rows: 23 });
  await database.close();
});

test('two processes write to one file without losing anything', async () => {
  const file = newFile();
  const both = [await openDatabase(file), await openDatabase(file)];
  const count = async (database: Database) => {
    for (let n = 0; n < 40; n += 1)
      await database.write((sql) => sql.run('UPDATE gallery_state SET version = version + 1'));
  };
  await Promise.all(both.map(count));
  for (const database of both)
    assert.deepEqual(await database.read((sql) => sql.one('SELECT version FROM gallery_state')), {
      version: 80,
    });
  await Promise.all(both.map((database) => database.close()));
});

test('a full queue is told apart from a broken database, and is empty again when the work is done', async () => {
  const database = await openDatabase(newFile());
  const asked = Array.from({ length: 2100 }, () =>
    database
      .read((sql) => sql.one('SELECT 1 AS one'))
      .then(
        () => 'done',
        (error: unknown) => (error instanceof TwinstileError ? error.code : 'other'),
      ),
  );
  const ends = await Promise.all(asked);
  assert.deepEqual(new Set(ends), new Set(['done', 'database-busy']));
  assert.deepEqual(await database.read((sql) => sql.one('SELECT 1 AS one')), { one: 1 });
  await database.close();
});
