import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { wallTime } from '../../../src/base/units.js';
import { readEnrollmentList } from '../../../src/cli/people/enroll-csv.js';
import { sameFields } from '../../support/same-fields.js';

const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-csv-'));
after(() => rm(folder, { recursive: true, force: true }));
const file = path.join(folder, 'people.csv');
const now = wallTime(5000);
const moment = { now, zone: 'America/Los_Angeles' };
const asked = { textVersion: '2026-1', givenAt: now };

async function read(text: string) {
  await writeFile(file, text);
  return readEnrollmentList(file, asked, moment);
}

/** Without --consent-text. */
async function readSilently(text: string) {
  await writeFile(file, text);
  return readEnrollmentList(file, undefined, moment);
}

test('reads commas or semicolons, with or without byte order mark, in any order of columns', async () => {
  for (const text of [
    'person,name,photo\nada,Ada,1.jpg\n',
    '\uFEFFPerson;Name;Photo\r\nada;Ada;1.jpg\r\n\r\n',
    'photo , person , name\n 1.jpg , ada , Ada ',
  ])
    sameFields(await read(text), [
      { person: { id: 'ada', name: 'Ada', consent: asked }, badges: [], photo: path.join(folder, '1.jpg') },
    ]);
});

for (const [name, column, expected] of [
  ['the text named in the row', ',2025-3', { textVersion: '2025-3', givenAt: now }],
  ['the text of the command line', ',yes', asked],
  ['nothing for no', ',no', undefined],
  ['nothing for an empty field, whatever the command line says', ',', undefined],
] as const)
  test(`a column of consent means ${name}`, async () => {
    const [row] = await read(`person,name,photo,consent\nada,Ada,1.jpg${column}\n`);
    sameFields(row?.person.consent, expected);
  });

test('takes the groups of a person, each once', async () => {
  const [row] = await read('person,name,photo,groups\nada,Ada,1.jpg,staff  cleaners staff\n');
  sameFields(row?.person.groups, ['staff', 'cleaners']);
});

test('without consent of any kind there is none', async () => {
  const [row] = await readSilently('person,name,photo\nada,Ada,1.jpg\n');
  sameFields(row?.person, { id: 'ada', name: 'Ada' });
});

for (const [name, text, message] of [
  ['a missing column', 'person,photo\nada,1.jpg\n', /columns person, name, photo in line 1/],
  ['a column nobody knows', 'person,name,photo,bagde\nada,Ada,1.jpg,b1\n', /bagde/],
  ['an id that is none', 'person,name,photo\nada,Ada,1.jpg\nada b,Ada,1.jpg\n', /line 3 .*'ada b'/],
  ['a missing name', 'person,name,photo\nada,,1.jpg\n', /line 2/],
  ['a missing field', 'person,name,photo\nada,Ada\n', /line 2/],
  ['a field too many', 'person,name,photo\nada,Lovelace, Ada,1.jpg\n', /line 2/],
  ['an open quote', 'person,name,photo\nada,"Ada,1.jpg\n', /[Qq]uote/],
  [
    'a date that is none',
    'person,name,photo,valid_until\nada,Ada,1.jpg,31.12.2026\n',
    /line 2 .*'31\.12\.2026'/,
  ],
  ['a badge that is none', 'person,name,photo,badge\nada,Ada,1.jpg,b#1\n', /line 2 .*'b#1'/],
  ['nobody in it', 'person,name,photo\n', /empty list/],
  ['nothing in it', '', /empty list/],
] as const)
  test(`refuses a list with ${name} and says where`, () =>
    assert.rejects(read(text), { code: 'bad-arguments', message }));

test('refuses a "yes" where no text was named', () =>
  assert.rejects(readSilently('person,name,photo,consent\nada,Ada,1.jpg,yes\n'), {
    code: 'bad-arguments',
    message: /--consent-text/,
  }));

test('"valid until 2026-12-31" ends with that day at the site, whatever the zone of the process', async () => {
  const [row] = await read('person,name,photo,valid_until\nada,Ada,1.jpg,2026-12-31\n');
  assert.equal(row?.person.validUntil, Date.UTC(2027, 0, 1, 8));
});

test('refuses a list that is not there', () =>
  assert.rejects(readEnrollmentList(path.join(folder, 'none.csv'), undefined, moment), {
    code: 'bad-arguments',
  }));
