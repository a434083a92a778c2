import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openGallery } from '../../../../src/records/people/sql-gallery.js';
import { connect } from '../../../../src/records/sql/sqlite/sqlite-connection.js';
import { openDatabase } from '../../../../src/records/sql/sqlite/sqlite-database.js';
import { digest, KEY, peopled, VECTOR } from './people.js';
import { scratchFolder } from './scratch.js';

const newFile = await scratchFolder();

test('templates from before conditions were kept are there as before, captured under an unknown one', async () => {
  const file = newFile();
  const { database, gallery } = await peopled(file);
  await gallery.close();
  await database.close();
  const old = await connect(file);
  await old.script(
    'DROP TABLE impostor_counts; DROP TABLE camera_drift; DROP TABLE disputes; ALTER TABLE templates DROP COLUMN condition; PRAGMA user_version = 16;',
  );
  await old.close();

  const migrated = await openDatabase(file);
  const store = await openGallery(migrated, KEY);
  const { owners, conditions, matrix } = await store.snapshot(digest, VECTOR.length);
  assert.equal(owners.length, 2);
  assert.deepEqual(conditions, ['unknown', 'unknown']);
  assert.deepEqual(matrix.subarray(0, VECTOR.length), VECTOR);
  await store.close();
  await migrated.close();
});

test('a condition that this version does not know counts as unknown', async () => {
  const file = newFile();
  const { database, gallery } = await peopled(file);
  await database.write((sql) => sql.run("UPDATE templates SET condition = 'camera/0123456789abcdef/sonar'"));
  const { conditions } = await gallery.snapshot(digest, VECTOR.length);
  assert.deepEqual(conditions, ['unknown', 'unknown']);
  await gallery.close();
  await database.close();
});
