import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import type { TwinstileError } from '../../../src/base/errors.js';
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
      {
        person: { id: 'ada', name: 'Ada', consent: asked },
        badges: [],
        photo: path.join(folder, '1.jpg'),
        line: 2,
      },
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
    'a date that can be read in two ways',
    'person,name,photo,valid_until\nada,Ada,1.jpg,01/02/2026\n',
    /line 2 .*'01\/02\/2026'/,
  ],
  ['a date of two digits', 'person,name,photo,valid_from\nada,Ada,1.jpg,31.12.26\n', /line 2 .*'31\.12\.26'/],
  ['a date that the calendar lacks', 'person,name,photo,valid_from\nada,Ada,1.jpg,2026-02-30\n', /line 2/],
  ['a column twice', 'person,name,photo,name\nada,Ada,1.jpg,Ada\n', /'name' twice/],
  ['a field where no column has a name', 'person,name,photo,\nada,Ada,1.jpg,b1\n', /line 2 .*got 4/],
  [
    'two names of one person',
    'person,name,photo\nada,Ada,1.jpg\nada,Eve,2.jpg\n',
    /line 3 .*'Ada' in line 2/,
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

test('all rows that are wrong are named at once, each with its line and why, and nothing is taken', async () => {
  const text = `person,name,photo,badge,valid_until,groups
ada,Ada,1.jpg,,,
b d,Bob,2.jpg,b#1,31/12/2026,
eve,"Eve
x",3.jpg,,,
mal,Mal,4.jpg,,,st@ff
zed,Zed "Z",5.jpg,,,
tom,Tom,6.jpg
Ada,Ada,7.jpg,,,
`;
  await assert.rejects(read(text), (error: TwinstileError) => {
    assert.equal(error.code, 'bad-arguments');
    for (const [line, why] of [
      [3, "person id .*'b d'"],
      [3, "badge .*'b#1'"],
      [3, "date .*valid_until, got '31/12/2026'"],
      [4, 'U\\+000A in it \\(Eve\\\\u\\{A\\}x\\)'],
      [6, "group .*'st@ff'"],
      [7, 'a quote within a field'],
      [8, '6 fields .*got 3'],
      [9, "'Ada', which is 'ada' in line 2"],
    ] as const)
      assert.match(error.message, new RegExp(`^  line ${line}: .*${why}`, 'm'));
    assert.match(error.message, /got 8:/);
    assert.doesNotMatch(error.message, /line (2|5):/);
    assert.match(error.hint ?? '', /year first .*nobody was enrolled yet/);
    return true;
  });
});

test('of a list of nothing but mistakes the first fifty are named, and the others are counted', () =>
  assert.rejects(read(`person,name,photo\n${'a b,Ada,1.jpg\n'.repeat(80)}`), {
    message: /got 80:(\n {2}line \d+: .*){50}\n {2}and 30 more\n$/,
  }));

for (const [what, text] of [
  ['tabs', 'person\tname\tphoto\tbadge\nada\tAda L.\t1.jpg\tb1\n'],
  ['a line that names the separator', 'sep=;\r\nperson;name;photo;badge\r\nada;Ada L.;1.jpg;b1\r\n'],
  [
    'such a line of another separator, after a byte order mark',
    '\uFEFF"sep=|"\nperson|name|photo|badge\nada|Ada L.|1.jpg|b1\n',
  ],
  ['empty columns and rows behind', 'person,name,photo,badge,,\nada,Ada L.,1.jpg,b1,,\n,,,,,\n,,,,,,,\n'],
  ['ends of lines of an old Macintosh', 'person,name,photo,badge\rada,Ada L.,1.jpg,b1\r'],
] as const)
  test(`reads a list with ${what}`, async () => {
    const [row, ...rest] = await read(text);
    assert.equal(rest.length, 0);
    sameFields([row?.person.name, row?.badges, row?.photo], ['Ada L.', ['b1'], path.join(folder, '1.jpg')]);
  });

test('lines are counted from the first of the file, also below one that names the separator', () =>
  assert.rejects(read('sep=;\nperson;name;photo\nada;Ada;1.jpg\na b;Bob;2.jpg\n'), {
    message: /in line 4 of /,
  }));

test('dates are read as 2026-12-31 and as 31.12.2026, with and without a time', async () => {
  const list = 'person,name,photo,valid_from,valid_until\n';
  const rows = await read(
    `${list}a,A,1.jpg,2026-01-31,2026-12-31\nb,B,1.jpg,31.01.2026,31.12.2026\nc,C,1.jpg,31.01.2026 00:00,2027-01-01T00:00\nd,D,1.jpg,2026-01-31T08:00Z,2027-01-01T08:00:00+00:00\n`,
  );
  for (const { person } of rows)
    assert.deepEqual(
      [person.validFrom, person.validUntil],
      [Date.UTC(2026, 0, 31, 8), Date.UTC(2027, 0, 1, 8)],
    );
});

test('a row without a photograph is a record with its badge and groups', async () => {
  const [row] = await read('person,name,photo,badge,groups\nada,Ada,,b1,staff\n');
  sameFields(row, {
    person: { id: 'ada', name: 'Ada', groups: ['staff'], consent: asked },
    badges: ['b1'],
    line: 2,
  });
});

test('a list that is missing, a folder and one without rights are named as what they are', async () => {
  await assert.rejects(readEnrollmentList(path.join(folder, 'none.csv'), undefined, moment), {
    message: /none\.csv, got no such file or folder/,
    hint: /Correct the path/,
  });
  await assert.rejects(readEnrollmentList(folder, undefined, moment), { message: /got a folder/ });
});

test('a mistyped column gets the nearest one, and the way to a list to begin with', () =>
  assert.rejects(read('person,name,photo,bagde\nada,Ada,1.jpg,b1\n'), {
    hint: /Nearest: badge\. .*--csv-template/,
  }));
