/** Names, ids, badges and consent are asked the same at every entrance, and what is wrong is told with its line. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { badgeId, modelDigest, personId } from '../../../src/base/ids.js';
import { wallTime } from '../../../src/base/units.js';
import { readEnrollmentList } from '../../../src/cli/people/enroll-csv.js';
import { candidatesFrom } from '../../../src/cli/people/enroll-sources.js';
import { importLines } from '../../../src/cli/people/import-report.js';
import { peopleCommand } from '../../../src/cli/people/people-verb.js';
import type { DirectoryExport } from '../../../src/records/directory-import/directory-export.js';
import { planFrom } from '../../../src/records/directory-import/import-people.js';
import { openLdif } from '../../../src/records/directory-import/ldif.js';
import { DEFAULT_MAPPING, type Mapping } from '../../../src/records/directory-import/read-person.js';
import { openScim } from '../../../src/records/directory-import/scim.js';
import type { GalleryStore } from '../../../src/records/people/gallery-store.js';
import { fakeGallery } from '../../fakes/gallery-store.js';
import { officeFor } from '../office.js';

const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-entrances-'));
after(() => rm(folder, { recursive: true, force: true }));
const now = wallTime(1_790_000_000_000);
const moment = { now, zone: 'UTC' };
let files = 0;
const fileOf = async (content: string | Uint8Array, ending: string): Promise<string> => {
  files += 1;
  const file = path.join(folder, `f${files}.${ending}`);
  await writeFile(file, content);
  return file;
};
const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const listOf = async (content: string | Uint8Array) =>
  readEnrollmentList(await fileOf(content, 'csv'), undefined, moment);

const planOf = (source: DirectoryExport, store: GalleryStore = fakeGallery(), more: Partial<Mapping> = {}) =>
  planFrom(source, store, {
    mapping: { ...DEFAULT_MAPPING, id: ['uid', 'username'], badge: ['badgenumber'], ...more },
    groups: new Map(),
    mark: 'directory',
    zone: 'UTC',
    digest: modelDigest(''),
    now,
  });
const ldif = async (content: string | Uint8Array) => openLdif([await fileOf(content, 'ldif')]);

for (const [what, content, line] of [
  ['Windows-1252', latin1('person;name;photo\r\nju;J\xfcrgen M\xfcller;a.jpg\r\n'), 2],
  ['Latin-1 in its third line', latin1('person,name,photo\nada,Ada,a.jpg\nju,J\xfcrgen,b.jpg\n'), 3],
  ['UTF-16', Buffer.from('\ufeffperson,name,photo\nju,J\u00fcrgen,a.jpg\n', 'utf16le'), 1],
] as const)
  test(`a list in ${what} is refused with the line, not taken with names destroyed`, () =>
    assert.rejects(listOf(content), {
      code: 'bad-arguments',
      message: new RegExp(`UTF-8 in line ${line} `),
      hint: /CSV UTF-8/,
    }));

test('a directory in Latin-1 is refused with the line, also as SCIM', async () => {
  const text = latin1('dn: uid=l1,ou=p\nuid: l1\ncn: J\xfcrgen M\xfcller\n\n');
  await assert.rejects(planOf(await ldif(text)), { code: 'bad-arguments', message: /UTF-8 at line 3 / });
  const json = latin1('{"Resources":[\n{"userName":"n1","displayName":"J\xfcrgen"}]}');
  await assert.rejects(planOf(openScim([await fileOf(json, 'json')])), { message: /UTF-8 at line 2 / });
});

test('a name in base64 that is not UTF-8 refuses its entry, and the others go on', async () => {
  const plan = await planOf(
    await ldif('dn: uid=l2,ou=p\nuid: l2\ncn:: SvxyZ2Vu\n\ndn: uid=ada,ou=p\nuid: ada\ncn: Ada\n'),
  );
  assert.match(plan.refused[0]?.reason ?? '', /encoding destroyed .*UTF-8/);
  assert.deepEqual(
    plan.added.map(({ person }) => person.name),
    ['Ada'],
  );
});

for (const [what, row] of [
  [
    'a line break that forges a second person',
    'ev,"Ada\nbob   1 template   badge 77   consent v1  Bob",b.jpg',
  ],
  ['an escape', 'esc,"\u001b[2J\u001b[31mX",c.jpg'],
  ['a NUL', 'nul,"Ada\0Bob",c.jpg'],
  ['5,000 characters', `long,${'x'.repeat(5000)},c.jpg`],
] as const)
  test(`a list with a name of ${what} is refused`, () =>
    assert.rejects(listOf(`person,name,photo\n${row}\n`), { code: 'bad-arguments', message: /line \d of/ }));

test('names of a directory are read by the same rule', async () => {
  const names = [
    'Ju\u0308rgen',
    '\u202egnp.ada\u202c Eve',
    'Ada\u2028bob  1 template',
    'Ada\u001b[2J',
    'Zo\u00eb',
  ];
  const Resources = names.map((displayName, n) => ({ userName: `n${n}`, displayName }));
  const plan = await planOf(openScim([await fileOf(JSON.stringify({ Resources }), 'json')]));
  assert.deepEqual(
    plan.added.map(({ person }) => person.name),
    ['J\u00fcrgen', 'Zo\u00eb'],
  );
  assert.deepEqual(
    plan.refused.map(({ id }) => id),
    ['n1', 'n2', 'n3'],
  );
  assert.doesNotMatch(
    importLines({ plan, dryRun: true, removed: [] }).join(''),
    /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u,
  );
});

test('ids and badges that mean the same are one person’s, or are refused', async () => {
  const header = 'person,name,photo,badge\n';
  await assert.rejects(listOf(`${header}ada,A,a.jpg,\nAda,A,b.jpg,\n`), { message: /'Ada', which is 'ada'/ });
  await assert.rejects(listOf(`${header}ada,A,a.jpg,04a2\nbob,B,b.jpg,04A2\n`), {
    message: /ada has in line 2/,
  });
  const [row] = await listOf(`${header}ada,A,a.jpg,04:a2:24:b1 04A224B1\n`);
  assert.deepEqual(row?.badges, ['04A224B1']);
  const many = Array.from({ length: 33 }, (_, i) => `b${i}`).join(' ');
  await assert.rejects(listOf(`${header}ada,A,a.jpg,${many}\n`), { message: /at most 32 badges/ });

  const store = fakeGallery();
  await store.apply([
    { kind: 'put-person', person: { id: personId('ada'), name: 'Ada', groups: ['directory'] } },
    { kind: 'add-badge', badge: badgeId('04A2'), person: personId('ada') },
  ]);
  const plan = await planOf(
    await ldif(
      'dn: uid=ADA\nuid: ADA\ncn: Ada\n\ndn: uid=bob\nuid: bob\ncn: Bob\nbadgeNumber: 04a2\n\ndn: uid=eve\nuid: eve\ncn: E\n\ndn: uid=Eve\nuid: Eve\ncn: E\n',
    ),
    store,
  );
  assert.deepEqual(
    plan.refused.map(({ reason }) => reason.replace(/line .* of .*\)/, 'LINE')),
    [
      'the id ADA means the same as ada, who is enrolled',
      'the id is that of LINE, too',
      'badge 04a2 is ada’s',
    ],
  );
  // Somebody who is written otherwise has not left.
  assert.deepEqual(plan.missing, []);
});

for (const text of ['', ' ', '\u200b', '\u001b[2J', 'x'.repeat(257)])
  test(`${JSON.stringify(text.slice(0, 9))} as consent version is refused at every entrance`, async (t) => {
    const refusal = { code: 'bad-arguments', message: /version of the text/ };
    await assert.rejects(
      candidatesFrom(['a.jpg'], { person: 'ada', name: 'Ada', consentText: text }, moment),
      refusal,
    );
    const office = await officeFor(t);
    await office.inside(({ gallery }) =>
      gallery.apply([{ kind: 'put-person', person: { id: personId('ada'), name: 'Ada' } }]),
    );
    const people = (...args: string[]) =>
      office.run(peopleCommand(office.world), ...args, '--config', office.config);
    await assert.rejects(people('consent', 'ada', '--text', text), refusal);
    const file = await fileOf('dn: uid=bob\nuid: bob\ncn: Bob\n', 'ldif');
    await assert.rejects(people('import', file, '--map', 'id=uid', '--consent-text', text), refusal);
    assert.equal(
      await office.inside(async ({ gallery }) => (await gallery.find(personId('ada')))?.person.consent),
      undefined,
    );
  });

test('an empty consent of an older database is none', async (t) => {
  const office = await officeFor(t);
  await office.inside(({ gallery }) =>
    gallery.apply([{ kind: 'put-person', person: { id: personId('ada'), name: 'Ada' } }]),
  );
  const { openDatabase } = await import('../../../src/records/sql/sqlite/sqlite-database.js');
  const database = await openDatabase(path.join(office.folder, 'data', 'twinstile.db'));
  await database.write((sql) =>
    sql.run(
      `UPDATE people SET consent_text = '', consent_given_at_ms = 1, name = 'Ada' || char(10) || 'bob  1 template'`,
    ),
  );
  await database.close();
  const { text } = await office.run(peopleCommand(office.world), 'list', '--config', office.config);
  assert.match(text, /^ada .*NO CONSENT +Ada\\u\{A\}bob {2}1 template$/m);
  assert.equal(text.split('\n').filter((line) => /^bob/.test(line)).length, 0);
});
