import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { openAccessStore } from '../../../src/access/policy/sqlite-access-store.js';
import { laneId, personId } from '../../../src/base/ids.js';
import { wallTime } from '../../../src/base/units.js';
import { openGallery } from '../../../src/records/people/sql-gallery.js';
import {
  galleryTables,
  journalTables,
} from '../../../src/records/sql/sqlite/migrations/001-to-004-tables.js';
import { connect } from '../../../src/records/sql/sqlite/sqlite-connection.js';
import { openDatabase } from '../../../src/records/sql/sqlite/sqlite-database.js';
import { openJournal } from '../../../src/records/sql/sqlite/sqlite-journal.js';
import { scratchFolder } from '../../records/sql/sqlite/scratch.js';

const newFile = await scratchFolder();
const ada = personId('ada');
const key = Buffer.alloc(32, 1);

test('what is remembered of people and ordered for lanes is there after a restart', async () => {
  const file = newFile();
  const first = await openDatabase(file);
  await (await openGallery(first, key)).apply([{ kind: 'put-person', person: { id: ada, name: 'Ada' } }]);
  const store = openAccessStore(first);
  for (const record of ['first', 'second']) await store.save(ada, record);
  for (const mode of ['lockdown', 'normal']) await store.saveMode(laneId('north'), mode);
  await first.close();
  const second = await openDatabase(file);
  const again = openAccessStore(second);
  assert.deepEqual([...(await again.records())], [['ada', 'second']]);
  assert.deepEqual([...(await again.modes())], [['north', 'normal']]);
  await second.close();
});

test('a record goes with its person, and comes back for nobody who is gone', async () => {
  const database = await openDatabase(':memory:');
  const gallery = await openGallery(database, key);
  const store = openAccessStore(database);
  await gallery.apply([{ kind: 'put-person', person: { id: ada, name: 'Ada' } }]);
  await store.save(ada, 'somewhere');
  await gallery.apply([{ kind: 'put-person', person: { id: ada, name: 'Ada L.' } }]);
  assert.equal((await store.records()).size, 1);
  await gallery.apply([{ kind: 'remove-person', person: ada }]);
  assert.equal((await store.records()).size, 0);
  await store.save(ada, 'a passage that ended late');
  assert.equal((await store.records()).size, 0);
  await database.close();
});

test('a database of the version before keeps people, journal and the highest number ever used', async () => {
  const file = newFile();
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, '');
  const old = await connect(file);
  await old.script(`${galleryTables}; ${journalTables};
    PRAGMA user_version = 2; PRAGMA application_id = ${0x54574953};
    INSERT INTO people VALUES ('ada', 'Ada', NULL, NULL, NULL, NULL, x'00');
    INSERT INTO journal VALUES (1, 'decision', 'd1', 1, '{"verdict":"granted"}', 'h1');
    INSERT INTO journal VALUES (9, 'decision', 'd9', 1, '{}', 'h9');
    DELETE FROM journal WHERE seq = 9;`);
  await old.close();
  const database = await openDatabase(file);
  const journal = openJournal(database);
  assert.deepEqual(
    (await journal.walk(0, 9)).map(({ seq, kind, hash }) => [seq, kind, hash]),
    [[1, 'decision', 'h1']],
  );
  const entry = { kind: 'command', subject: 'c1', at: wallTime(2), body: {} } as const;
  assert.equal((await journal.append(entry)).seq, 10);
  assert.deepEqual(
    (await journal.unfinished()).map(({ subject }) => subject),
    ['d1'],
  );
  const people = await database.read((sql) => sql.all('SELECT id, member_of FROM people'));
  assert.deepEqual(people, [{ id: 'ada', member_of: '' }]);
  await database.close();
});
