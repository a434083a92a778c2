import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openGallery } from '../../../src/records/people/sql-gallery.js';
import { openDatabase } from '../../../src/records/sql/sqlite/sqlite-database.js';
import { rotateKey } from '../../../src/service/setup/rotate-gallery-key.js';
import { ada, digest, KEY, peopled, VECTOR, wordsIn } from '../../records/sql/sqlite/people.js';
import { scratchFolder } from '../../records/sql/sqlite/scratch.js';

const newFile = await scratchFolder();
const NEW = Buffer.alloc(32, 8);

test('after a rotation the new key opens every template, and the old one nothing', async () => {
  const file = newFile();
  const { database } = await peopled(file);
  const wrapped = await database.read((sql) =>
    sql.all<{ wrapped_key: Buffer }>('SELECT wrapped_key FROM people'),
  );
  assert.equal(await rotateKey(database, KEY, NEW), 2);
  await assert.rejects(openGallery(database, KEY), { code: 'gallery-locked' });
  const gallery = await openGallery(database, NEW);
  assert.deepEqual((await gallery.vectors(ada))[0]?.vector, VECTOR);
  assert.equal((await gallery.snapshot(digest, 128)).owners.length, 2);
  assert.deepEqual(
    await wordsIn(
      file,
      wrapped.map((row) => row.wrapped_key),
    ),
    [],
    'no old key is left in the file',
  );
  await database.close();
});

test('a wrong old key changes nothing, and a second rotation to the same key has nothing to do', async () => {
  const { database } = await peopled(newFile());
  await assert.rejects(rotateKey(database, Buffer.alloc(32, 1), NEW), { code: 'gallery-locked' });
  await openGallery(database, KEY);
  await rotateKey(database, KEY, NEW);
  assert.equal(await rotateKey(database, KEY, NEW), 0);
  await database.close();
});

test('a key of the wrong length is refused before anything is touched', async () => {
  const database = await openDatabase(newFile());
  await assert.rejects(rotateKey(database, KEY, Buffer.alloc(16)), { code: 'key-unusable' });
  await database.close();
});
