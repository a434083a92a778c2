/** A list of people, from the file to the gallery: what is stored without a photograph, and what is told. */
import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { personId } from '../../../src/base/ids.js';
import { badgeCommand } from '../../../src/cli/people/badge-verb.js';
import { type EnrollDependencies, enrollCommand } from '../../../src/cli/people/enroll-verb.js';
import { importCommand } from '../../../src/cli/people/people-import.js';
import { peopleCommand } from '../../../src/cli/people/people-verb.js';
import { openDatabase } from '../../../src/records/sql/sqlite/sqlite-database.js';
import { fakeEncoder, fakePhoto } from '../../fakes/photo-encoder.js';
import { sameFields } from '../../support/same-fields.js';
import { officeFor } from '../office.js';
import { twoNumberCard } from '../two-number-card.js';

async function shellFor(t: TestContext) {
  const office = await officeFor(t);
  const world: Partial<EnrollDependencies> = {
    ...office.world,
    openEncoder: async () => ({ encoder: fakeEncoder(), card: twoNumberCard }),
    progress: () => ({ show: () => {}, end: () => {} }),
    untilSignal: (work) => work(new AbortController().signal),
  };
  const file = path.join(office.folder, 'people.csv');
  await writeFile(path.join(office.folder, 'good.jpg'), fakePhoto({ vector: [1, 0] }));
  await writeFile(path.join(office.folder, 'empty.jpg'), fakePhoto());
  const enroll = async (list: string, ...args: string[]) => {
    await writeFile(file, list);
    return office.run(enrollCommand(world), '--csv', file, ...args, '--config', office.config);
  };
  const find = (id: string) => office.inside(({ gallery }) => gallery.find(personId(id)));
  return { ...office, world, enroll, find };
}

const HEAD = 'person,name,photo,badge,groups,valid_until\n';

test('a row without a good photograph keeps its badge, groups and dates, and so does one without any', async (t) => {
  const { enroll, find } = await shellFor(t);
  const { text, exitCode } = await enroll(
    `${HEAD}ada,Ada,good.jpg,b1,staff,\neve,Eve,empty.jpg,b2,staff,2026-12-31\nbob,Bob,gone.jpg,b3,,\nzoe,Zoe,,b4,staff,\n`,
    '--consent-text',
    '1',
  );
  assert.equal(exitCode, 0);
  assert.match(text, /^3 photos of 1 person .*: 1 accepted, 0 known before, 2 refused\.$/m);
  assert.match(text, /refused .*gone\.jpg \(bob\): .*no such file or folder/);
  assert.match(text, /^Stored with badge and groups, without a face: eve, bob, zoe\.$/m);
  assert.doesNotMatch(text, /Not enrolled/);
  for (const [id, badge, groups, templates] of [
    ['ada', 'b1', ['staff'], 1],
    ['eve', 'b2', ['staff'], 0],
    ['bob', 'b3', undefined, 0],
    ['zoe', 'b4', ['staff'], 0],
  ] as const) {
    const one = await find(id);
    sameFields([one?.badges, one?.person.groups, one?.templates.length], [[badge], groups, templates]);
  }
  assert.notEqual((await find('eve'))?.person.validUntil, undefined);
});

test('a list of badges alone is no failure, and the photograph that comes later is added', async (t) => {
  const { enroll, find } = await shellFor(t);
  assert.equal((await enroll(`${HEAD}zoe,Zoe,,b4,,\n`)).exitCode, 0);
  assert.match((await enroll(`${HEAD}zoe,Zoe,good.jpg,,,\n`)).text, /1 accepted/);
  const zoe = await find('zoe');
  sameFields([zoe?.badges, zoe?.templates.length], [['b4'], 1]);
});

test('a record that contradicts another is not stored, with or without a photograph', async (t) => {
  const { enroll, find } = await shellFor(t);
  await enroll(`${HEAD}ada,Ada,good.jpg,b1,,\n`);
  const { text, exitCode } = await enroll(`${HEAD}eve,Eve,empty.jpg,B1,,\nADA,Ada,,b9,,\n`);
  assert.equal(exitCode, 3);
  assert.match(text, /refused .*empty\.jpg \(eve\): The badge belongs to somebody else/);
  assert.match(text, /refused line 3 of .*people\.csv \(ADA\): The id means the same/);
  assert.match(text, /^Not enrolled, for want of a good photo: eve, ADA\.$/m);
  sameFields([await find('eve'), await find('ADA')], [undefined, undefined]);
});

test('badges that are nearly equal are told, in one list and beside what is enrolled', async (t) => {
  const { enroll, run, world, config, folder } = await shellFor(t);
  const { text } = await enroll(`${HEAD}ada,Ada,,0004711,,\nbob,Bob,,4711,,\neve,Eve,,99,,\n`);
  assert.equal(text.match(/WARNING: badge/g)?.length, 1);
  assert.match(text, /badge (0004711 of ada|4711 of bob) differs .* leading zeros or separators only/);
  const ldif = path.join(folder, 'staff.ldif');
  await writeFile(ldif, 'dn: uid=zed\nuid: zed\ncn: Zed\nbadgeNumber: 00099\n\n');
  const map = ['--map', 'id=uid', 'badge=badgeNumber', '--dry-run', '--config', config];
  assert.match((await run(importCommand(world), ldif, ...map)).text, /WARNING: badge 99 of eve/);
  const added = await run(badgeCommand(world), 'add', 'eve', '47-11', '--config', config);
  assert.equal(added.text.match(/WARNING: badge/g)?.length, 2);
});

test('the template is a list that is read as soon as people are in it, and no file is written over', async (t) => {
  const { run, world, folder, enroll } = await shellFor(t);
  const file = path.join(folder, 'template.csv');
  const { text } = await run(enrollCommand(world), '--csv-template', file);
  assert.match(text, /valid_from +first day, as 2026-01-31 or 31\.01\.2026/);
  const template = await readFile(file, 'utf8');
  assert.equal((await stat(file)).mode & 0o077, 0);
  assert.equal(
    (await enroll(`${template}ada,Ada,good.jpg,b1,staff,,,yes\r\n`, '--consent-text', '1')).exitCode,
    0,
  );
  await assert.rejects(run(enrollCommand(world), '--csv-template', file), {
    code: 'bad-arguments',
    message: /something that is there already/,
  });
  assert.equal((await run(enrollCommand(world), '--csv-template')).text, template.trim());
});

test('a name that an older version stored forges no line in any list, and stays one in JSON', async (t) => {
  const { enroll, run, world, config, folder } = await shellFor(t);
  await enroll(`${HEAD}ada,Ada,,b1,,\n`);
  const name = 'Ada\nbob  1 template\u202E\u2028\u001B[2J';
  const database = await openDatabase(path.join(folder, 'data/twinstile.db'));
  await database.write((sql) => sql.run('UPDATE people SET name = ?', name));
  await database.close();
  for (const args of [['list'], ['show', 'ada']]) {
    const { text } = await run(peopleCommand(world), ...args, '--config', config);
    assert.doesNotMatch(text, /^bob|[\p{Bidi_Control}\p{Zl}]|\p{Cc}(?<!\n)/mu);
  }
  assert.doesNotMatch((await run(badgeCommand(world), 'list', '--config', config)).text, /\n/);
  const { text } = await run(peopleCommand(world), 'list', '--json', '--config', config);
  assert.doesNotMatch(text, /[\p{Bidi_Control}\p{Zl}]/u);
  assert.match(JSON.parse(text)[0].name, /^Ada\\u\{A\}bob/);
});
