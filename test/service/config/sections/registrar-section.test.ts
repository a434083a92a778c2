import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDatabaseUrl } from '../../../../src/service/config/sections/registrar-section.js';
import { sameFields } from '../../../support/same-fields.js';

for (const [text, expected] of [
  [
    'postgres://ada@db.example/people',
    { host: 'db.example', port: 5432, database: 'people', user: 'ada', encryption: 'verify-full' },
  ],
  [
    'postgresql://db.example:6432/people?sslmode=verify-ca',
    { host: 'db.example', port: 6432, database: 'people', encryption: 'verify-ca' },
  ],
  [
    'postgres://localhost/people',
    { host: 'localhost', port: 5432, database: 'people', encryption: 'disable' },
  ],
  ['postgres://[::1]:5433/people', { host: '::1', port: 5433, database: 'people', encryption: 'disable' }],
  [
    'postgres:///people?host=/run/postgresql',
    { host: '/run/postgresql', port: 5432, database: 'people', encryption: 'disable' },
  ],
  [
    'postgres://a%40b@10.0.0.7/my%20people?sslmode=disable',
    { host: '10.0.0.7', port: 5432, database: 'my people', user: 'a@b', encryption: 'disable' },
  ],
] as const)
  test(`${text} is understood`, () => sameFields(readDatabaseUrl(text), expected));

for (const text of [
  'postgres://ada:secret@db/people',
  'mysql://db/people',
  'postgres://db/',
  'postgres://db',
  'postgres:///people',
  'postgres://db:0/people',
  'postgres://db:99999/people',
  'postgres://db/people?sslmode=prefer',
  'postgres://db/people?password=secret',
  'postgres://db/people?sslmode=disable&sslmode=verify-full',
  'postgres://db/%zz',
])
  test(`${text} is refused`, () => assert.equal(readDatabaseUrl(text), undefined));
