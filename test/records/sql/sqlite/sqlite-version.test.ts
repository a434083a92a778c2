import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '../../../../src/records/sql/sqlite/sqlite-connection.js';
import {
  expectSoundSqlite,
  faultOfSqlite,
  sqliteVersion,
} from '../../../../src/records/sql/sqlite/sqlite-version.js';
import type { Sql } from '../../../../src/records/sql-port.js';

test('a version that was withdrawn, or that damages a file that several processes use, is refused', () => {
  assert.match(faultOfSqlite('3.52.0') ?? '', /withdrawn/);
  for (const version of ['3.40.1', '3.51.2', '3.7.0'])
    assert.match(faultOfSqlite(version) ?? '', /write-ahead log/);
});

test('a sound version is taken, and one that cannot be read is not', () => {
  for (const version of ['3.51.3', '3.52.1', '3.53.0', '3.54.1', '4.0.0'])
    assert.equal(faultOfSqlite(version), undefined, version);
  for (const version of ['', 'current', '3']) assert.match(faultOfSqlite(version) ?? '', /cannot be read/);
});

test('the driver that is built here carries a sound version', async () => {
  const connection = await connect(':memory:');
  assert.equal(faultOfSqlite(await sqliteVersion(connection)), undefined);
  await expectSoundSqlite(connection);
  await connection.close();
});

test('a database is not opened with a faulty version, and the answer says what to do', async () => {
  const old = { one: async () => ({ version: '3.40.1' }) } as unknown as Sql;
  await assert.rejects(expectSoundSqlite(old), {
    code: 'setup-incomplete',
    message: /got 3\.40\.1/,
    hint: /scripts\/setup/,
  });
});
