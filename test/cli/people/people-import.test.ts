import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { personId } from '../../../src/base/ids.js';
import { digestOf } from '../../../src/biometrics/model-card.js';
import { type ImportDependencies, importCommand } from '../../../src/cli/people/people-import.js';
import { fakeEncoder, fakePhoto } from '../../fakes/photo-encoder.js';
import { sameFields } from '../../support/same-fields.js';
import { NOW, officeFor } from '../office.js';
import { twoNumberCard } from '../two-number-card.js';

const card = twoNumberCard;

const photo = (...vector: readonly number[]): string => Buffer.from(fakePhoto({ vector })).toString('base64');
const person = (id: string, ...more: readonly string[]): string =>
  [
    `dn: uid=${id},ou=people,dc=x`,
    'objectClass: inetOrgPerson',
    `uid: ${id}`,
    `cn: ${id} of x`,
    ...more,
    '',
    '',
  ].join('\n');

async function shellFor(t: TestContext, more: Partial<ImportDependencies> = {}) {
  const office = await officeFor(t);
  const encoder = fakeEncoder();
  const world: Partial<ImportDependencies> = {
    ...office.world,
    openEncoder: async () => ({ encoder, card }),
    encoderInUse: async () => digestOf(card),
    progress: () => ({ show: () => {}, end: () => {} }),
    untilSignal: (work) => work(new AbortController().signal),
    ...more,
  };
  const file = path.join(office.folder, 'staff.ldif');
  const run = async (content: string, ...args: string[]) => {
    await writeFile(file, content);
    return office.run(importCommand(world), file, '--no-lookalikes', ...args, '--config', office.config);
  };
  const find = (id: string) => office.inside(({ gallery }) => gallery.find(personId(id)));
  const ids = () => office.inside(async ({ gallery }) => (await gallery.list()).map((one) => one.person.id));
  return { ...office, world, file, run, find, ids, encoder };
}

test('an export is taken over: people, groups, ends and photographs', async (t) => {
  const { run, find, ids } = await shellFor(t);
  const { text, exitCode } = await run(
    [
      'dn: ou=people,dc=x\nobjectClass: organizationalUnit\nou: people\n\n',
      person('ada', `jpegPhoto:: ${photo(1, 0)}`, 'memberOf: cn=Cleaners,dc=x', 'badgeNumber: b1'),
      person('bob', 'shadowExpire: 20453'),
      person('eve', `jpegPhoto:: ${Buffer.from('no photo').toString('base64')}`),
      person('n/a'),
    ].join(''),
    ...['--consent-text', '1', '--access-group', 'cleaners=cleaning', '--map', 'badge=badgeNumber'],
  );
  assert.match(
    text,
    /^3 added, 0 changed, 0 unchanged, 1 complaint, 0 people no longer .*; 1 entry is no person\.$/m,
  );
  assert.match(text, /^ {2}new ada \(ada of x\): badges, 1 photo to look at$/m);
  assert.match(text, /^ {2}refused somebody at line \d+ of .* \(uid=n\/a,.*\): an id of other than letters/m);
  assert.match(text, /^Without a face, for want of a good photo: eve\.$/m);
  assert.match(text, /^2 photos of 1 person .*: 1 accepted, 0 known before, 1 refused\.$/m);
  assert.equal(exitCode, 0);
  sameFields(await ids(), ['ada', 'bob', 'eve']);
  const ada = await find('ada');
  sameFields(
    [ada?.person, ada?.badges, ada?.templates.length],
    [
      {
        id: 'ada',
        name: 'ada of x',
        consent: { textVersion: '1', givenAt: NOW },
        groups: ['cleaning', 'directory'],
      },
      ['b1'],
      1,
    ],
  );
  assert.equal((await find('bob'))?.person.validUntil, Date.UTC(2025, 11, 31));
  assert.equal((await find('eve'))?.templates.length, 0);
});

test('a second import changes only what is other, and looks at no photograph twice', async (t) => {
  const { run, find, encoder } = await shellFor(t);
  const ada = person('ada', `jpegPhoto:: ${photo(1, 0)}`);
  await run(ada + person('bob', `jpegPhoto:: ${photo(0, 1)}`), '--consent-text', '1');
  assert.equal(encoder.encoded, 2);
  const { text } = await run(
    ada + person('bob', `jpegPhoto:: ${photo(0, 1.1)}`, 'displayName: Bob'),
    '--consent-text',
    '1',
  );
  assert.match(text, /^0 added, 1 changed, 1 unchanged/m);
  assert.match(text, /^ {2}changed bob \(Bob\): name, 1 photo to look at$/m);
  assert.equal(encoder.encoded, 3);
  assert.equal((await find('bob'))?.templates.length, 2);
  assert.match((await run(ada, '--consent-text', '1')).text, /1 person no longer in the directory/);
});

test('--dry-run says the same and changes nothing', async (t) => {
  const { run, ids, folder } = await shellFor(t, {
    openEncoder: async () => assert.fail('opened an encoder'),
  });
  const report = path.join(folder, 'report.json');
  const { text } = await run(person('ada', `jpegPhoto:: ${photo(1, 0)}`), '--dry-run', '--report', report);
  assert.match(text, /^1 would be added, 0 would be changed[\s\S]*Nothing was changed: --dry-run\.$/m);
  sameFields(await ids(), []);
  const written = await readFile(report, 'utf8');
  sameFields(JSON.parse(written).added, [
    { id: 'ada', name: 'ada of x', what: ['new', '1 photo to look at'] },
  ]);
  assert.ok(!written.includes(photo(1, 0).slice(0, 20)));
});

test('who left is listed, and removed only when told to and not too many', async (t) => {
  const { run, ids, inside } = await shellFor(t);
  await inside(({ gallery }) =>
    gallery.apply([{ kind: 'put-person', person: { id: personId('visitor'), name: 'V.' } }]),
  );
  const all = Array.from({ length: 8 }, (_, n) => person(`p${n}`));
  await run(all.join(''));
  const { text } = await run(all.slice(3).join(''));
  assert.match(text, /^ {2}left p0$/m);
  assert.match(text, /--remove-missing/);
  assert.equal((await ids()).length, 9);
  assert.match(
    (await run(all.slice(1).join(''), '--remove-missing', '--yes')).text,
    /^ {2}left p0: removed$/m,
  );
  await assert.rejects(run(person('p7'), '--remove-missing'), {
    code: 'enrolment-refused',
    hint: /--most-removals 6/,
  });
  assert.equal((await ids()).length, 8);
  await run(person('p7'), '--remove-missing', '--most-removals', '6', '--yes');
  sameFields(await ids(), ['p7', 'visitor']);
});

test('pages of SCIM are one export by the ending of their names; one page removes nobody', async (t) => {
  const { run, world, folder, config, ids, run: _, ...office } = await shellFor(t);
  const page = async (name: string, ...names: readonly string[]) => {
    const file = path.join(folder, name);
    const resources = names.map((userName) => ({
      userName,
      displayName: userName,
      photos: [{ value: `data:image/jpeg;base64,${photo(1, 2)}` }],
    }));
    await writeFile(file, JSON.stringify({ totalResults: 3, Resources: resources }));
    return file;
  };
  const pages = [await page('1.json', 'ada', 'bob'), await page('2.json', 'cat')];
  const scim = (...args: string[]) => {
    const lines: string[] = [];
    const command = importCommand({ ...world, print: (line) => lines.push(line) });
    return command
      .parseAsync([...args, '--no-photos', '-c', config], { from: 'user' })
      .then(() => lines.join('\n'));
  };
  assert.match(await scim(...pages), /^3 added/);
  assert.match(await scim(pages[0] ?? ''), /1 person no longer/);
  await assert.rejects(scim(pages[0] ?? '', '--remove-missing'), {
    code: 'enrolment-refused',
    message: /lacks 1/,
  });
  await assert.rejects(scim(pages[0] ?? '', 'x.ldif'), { code: 'bad-arguments', message: /one format/ });
  sameFields(await office.inside(({ gallery }) => gallery.list().then((all) => all.length)), 3);
  sameFields(await ids(), ['ada', 'bob', 'cat']);
});

test('the configuration says which attribute is what, and the command line goes before it', async (t) => {
  const { run, config, find } = await shellFor(t);
  await writeFile(
    config,
    `${await readFile(config, 'utf8')}registrar: { import: { id: [mail, uid], name: [gn], mark: hr, access_groups: { "cn=staff,dc=x": staff } } }\n`,
  );
  await run(person('ada', 'gn: Ada', 'memberOf: CN=Staff,DC=x'));
  sameFields((await find('ada'))?.person, { id: 'ada', name: 'Ada', groups: ['hr', 'staff'] });
  await run(person('ada', 'gn: Ada', 'memberOf: CN=Staff,DC=x'), '--map', 'name=cn', 'groups=');
  sameFields((await find('ada'))?.person, { id: 'ada', name: 'ada of x', groups: ['hr'] });
  await assert.rejects(run(person('ada'), '--map', 'face=jpegPhoto'), {
    code: 'bad-arguments',
    message: /valid_until/,
  });
  await assert.rejects(run(person('ada'), '--access-group', 'staff'), { code: 'bad-arguments' });
});

test('an export of nobody ends with 3, and a broken one changes nothing', async (t) => {
  const { run, ids } = await shellFor(t);
  assert.equal((await run('dn: ou=x\nobjectClass: organizationalUnit\n')).exitCode, 3);
  await assert.rejects(run(`${person('ada')}dn: uid=bob\njpegPhoto:: /9j`), { code: 'bad-arguments' });
  sameFields(await ids(), []);
});

test('Ctrl-C stores what was begun, removes nobody, says so and ends with 130', async (t) => {
  const stop = new AbortController();
  const encoder = fakeEncoder(async () => stop.abort());
  const { run, world, file, config, ids } = await shellFor(t);
  await run(person('old'));
  const people = ['ada', 'bob', 'cat'].map((id, n) => person(id, `jpegPhoto:: ${photo(n, 1)}`));
  await writeFile(file, people.join(''));
  const lines: string[] = [];
  let exitCode = 0;
  const command = importCommand({
    ...world,
    print: (line) => lines.push(line),
    setExitCode: (code) => {
      exitCode = code;
    },
    openEncoder: async () => ({ encoder, card }),
    untilSignal: (work) => work(stop.signal),
  });
  await command.parseAsync([file, '--remove-missing', '--yes', '--no-lookalikes', '-c', config], {
    from: 'user',
  });
  assert.match(lines.join('\n'), /^Stopped: not all of this was done/m);
  assert.match(lines.join('\n'), /^ {2}left old$/m);
  assert.equal(exitCode, 130);
  sameFields(await ids(), ['ada', 'bob', 'cat', 'old']);
});
