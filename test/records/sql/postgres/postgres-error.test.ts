/** What an office is told when its database fails, by what the driver says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explain, TwinstileError } from '../../../../src/base/errors.js';
import { numbered } from '../../../../src/records/sql/postgres/postgres-database.js';
import { postgresError } from '../../../../src/records/sql/postgres/postgres-error.js';

const coded = (code: string): Error => Object.assign(new Error('as the driver says it'), { code });

for (const [what, cause, told] of [
  ['a password that is wrong', coded('28P01'), /a refused login\. .*PGPASSFILE/],
  [
    'a server that wants a password and gets none',
    new Error('SASL: client password must be a string'),
    /a refused login/,
  ],
  ['a database that is not there', coded('3D000'), /no database of that name\. .*createdb/],
  ['a right that is missing', coded('42501'), /a user who may not do that\. .*AUTHORIZATION/],
  ['a standby', coded('25006'), /cannot be written\. Name the primary/],
  ['a lock that another office holds', coded('55P03'), /one that another office holds\. Wait/],
  ['a statement that took too long', coded('57014'), /one that another office holds/],
  ['too many connections', coded('53300'), /too many connections/],
  ['a full disk', coded('53100'), /a full disk/],
  ['a damaged page', coded('XX001'), /a damaged one/],
  ['a server that starts', coded('57P03'), /no answer/],
  ['a server that shuts down', coded('57P01'), /a connection that broke\. Repeat/],
  ['a connection that was cut', new Error('Connection terminated unexpectedly'), /a connection that broke/],
  ['a wire that was cut', coded('ECONNRESET'), /a connection that broke/],
  ['nobody at the port', coded('ECONNREFUSED'), /no answer\. Start PostgreSQL/],
  ['nobody at any address', new AggregateError([coded('ECONNREFUSED'), coded('ENETUNREACH')]), /no answer/],
  ['a server that swallows everything', new Error('Query read timeout'), /no answer/],
  ['a certificate of somebody else', coded('DEPTH_ZERO_SELF_SIGNED_CERT'), /not to be trusted\. .*ca_file/],
  ['a certificate with another name', coded('ERR_TLS_CERT_ALTNAME_INVALID'), /not to be trusted/],
  [
    'a server without TLS',
    new Error('The server does not support SSL connections'),
    /offers none\. .*sslmode=disable/,
  ],
] as const)
  test(`${what} is told in words, with what to do`, () => {
    const error = postgresError('db:5432/people', cause);
    assert.ok(error instanceof TwinstileError && error.code === 'gallery-unusable');
    assert.match(explain(error), told);
    assert.match(error.message, /db:5432\/people/);
    assert.equal(error.cause, cause);
  });

test('what nobody expects keeps the words of the driver, and errors of this program stay as they are', () => {
  assert.match(postgresError('db', coded('42P01')).message, /as the driver says it/);
  const own = new TwinstileError({ code: 'person-unknown', message: 'x' });
  assert.equal(postgresError('db', own), own);
});

test('places for values are numbered in their order', () =>
  assert.equal(numbered('SELECT ? WHERE a = ? AND b > ?'), 'SELECT $1 WHERE a = $2 AND b > $3'));
