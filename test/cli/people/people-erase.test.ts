import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { badgeId, modelDigest, personId } from '../../../src/base/ids.js';
import { wallTime } from '../../../src/base/units.js';
import { backupCommand } from '../../../src/cli/box/backup-verb.js';
import { keysCommand } from '../../../src/cli/box/keys-verb.js';
import { galleryCommand } from '../../../src/cli/fleet/gallery-verb.js';
import { peopleCommand } from '../../../src/cli/people/people-verb.js';
import { loadConfig } from '../../../src/service/config/load-config.js';
import { withDatabase } from '../../../src/service/setup/open-gallery.js';
import { officeFor } from '../office.js';

/** A staff number: of such there are a hundred thousand. */
const ID = '04711';

async function staffed(t: TestContext) {
  const office = await officeFor(t);
  const { config, world: dependencies, run } = office;
  await office.inside(async ({ gallery, journal }) => {
    const consent = { textVersion: '1', givenAt: wallTime(0) };
    await gallery.apply([
      { kind: 'put-person', person: { id: personId(ID), name: 'Ada Lovelace', consent } },
      { kind: 'put-person', person: { id: personId('ada.lovelace'), name: 'Another Ada', consent } },
      { kind: 'add-badge', badge: badgeId('b1'), person: personId(ID) },
      {
        kind: 'add-template',
        template: {
          person: personId(ID),
          digest: modelDigest('d'.repeat(64)),
          source: '1'.repeat(64),
          vector: Float32Array.of(1, 0),
          createdAt: wallTime(0),
        },
      },
    ]);
    await journal.append({
      kind: 'decision',
      subject: 'd1',
      at: wallTime(0),
      body: { verdict: 'granted', lane: 'north', person: ID },
    });
  });
  await run(backupCommand(dependencies), 'now', '--config', config);
  const people = (...args: string[]) => run(peopleCommand(dependencies), ...args, '--config', config);
  const receipts = async () =>
    (await readdir(path.join(office.folder, 'data/erasures')).catch(() => []))
      .filter((name) => name.endsWith('.json'))
      .map((name) => path.join(office.folder, 'data/erasures', name));
  const enrolled = () =>
    office.inside(async ({ gallery }) => (await gallery.list()).map(({ person }) => person.id));
  return { ...office, people, receipts, enrolled };
}

for (const [id, hint] of [
  ['0471', /Nearest: 04711/],
  ['04771', /Nearest: 04711/],
  ['Ada.Lovelcae', /Nearest: ada\.lovelace/],
  ['granted', /people list/],
  ['north', /people list/],
  ['person', /people list/],
] as const)
  test(`erasing ${id}, who does not exist, says so with the nearest ids and leaves no receipt`, async (t) => {
    const { people, receipts, enrolled, inside } = await staffed(t);
    const rows = () => inside(async ({ journal }) => (await journal.verify()).rows);
    const before = await rows();
    await assert.rejects(people('erase', ID, id, '--yes'), {
      code: 'person-unknown',
      message: new RegExp(`got '${id}': not enrolled, not in the journal, in no backup`),
      hint,
    });
    assert.deepEqual([await receipts(), await enrolled(), await rows()], [[], [ID, 'ada.lovelace'], before]);
  });

test('an irreversible verb shows whom it means, with name, badges, templates and backups, and asks', async (t) => {
  const { run, world, config, enrolled } = await staffed(t);
  const questions: string[] = [];
  const answering = (answer: string) => ({
    ...world,
    ask: async (question: string) => {
      questions.push(question);
      return answer;
    },
  });
  for (const [answer, left, exitCode] of [
    ['', [ID, 'ada.lovelace'], 3],
    ['no', [ID, 'ada.lovelace'], 3],
    ['YES', ['ada.lovelace'], 0],
  ] as const) {
    const told = await run(peopleCommand(answering(answer)), 'erase', ID, '--config', config);
    assert.match(
      told.text,
      /^ {2}04711 {2}Ada Lovelace, badge b1, 1 template, 2 rows of the journal, in 1 backup$/m,
    );
    assert.match(told.text, /^ {2}backup .*twinstile-.*\.db$/m);
    assert.deepEqual([told.exitCode, await enrolled()], [exitCode, left]);
  }
  assert.match(questions[0] ?? '', /^Erase 1 person\? This cannot be undone/);
});

test('a dry run of an irreversible verb changes nothing, not even a backup', async (t) => {
  const { people, folder, enrolled, receipts } = await staffed(t);
  const [name = ''] = await readdir(path.join(folder, 'data/backups'));
  const backup = () => readFile(path.join(folder, 'data/backups', name));
  const before = await backup();
  for (const verb of ['erase', 'remove'])
    assert.match(
      (await people(verb, ID, '--dry-run')).text,
      /Ada Lovelace[\s\S]*Nothing was changed: --dry-run/,
    );
  assert.deepEqual([await enrolled(), await receipts()], [[ID, 'ada.lovelace'], []]);
  assert.deepEqual(await backup(), before);
});

test('every irreversible verb is refused without a terminal and without --yes, and changes nothing', async (t) => {
  const { people, run, world, config, folder, enrolled } = await staffed(t);
  const fleet = path.join(folder, 'fleet');
  await mkdir(path.join(fleet, 'sites/s'), { recursive: true });
  const devices = path.join(fleet, 'sites/s/devices.json');
  await writeFile(devices, '{"g":"age1x"}');
  const refused = { code: 'bad-arguments', message: /Expected --yes, or a terminal/, hint: /--dry-run/ };
  await assert.rejects(people('erase', ID), refused);
  await assert.rejects(people('remove', ID), refused);
  await assert.rejects(run(keysCommand(world), 'rotate', 'gallery', '--config', config), refused);
  await assert.rejects(
    run(galleryCommand(world), 'device', 'remove', 'g', '--fleet', fleet, '--site', 's'),
    refused,
  );
  assert.deepEqual(await enrolled(), [ID, 'ada.lovelace']);
  assert.equal(await readFile(devices, 'utf8'), '{"g":"age1x"}');
});

/** Whatever stands in a file, as salt, key or hash of another. */
const wordsOf = (text: string): readonly string[] => text.match(/[0-9a-f]{32,128}/g) ?? [];

test('receipts of erasure do not carry salt and hash of the id side by side: a staff number is not found by trying', async (t) => {
  const { people, receipts, folder } = await staffed(t);
  await people('erase', ID, '--yes');
  const [file = ''] = await receipts();
  const own = await readFile(file, 'utf8');
  const sealed = await readdir(path.join(folder, 'data/erasures'));
  const words = [...wordsOf(own), ...sealed.flatMap(wordsOf)];
  assert.ok(words.length >= 6);
  const hashes = new Set(words);
  for (const salt of ['', ...words])
    for (const separator of ['', '\n', ':'])
      for (const text of [`${salt}${separator}${ID}`, `${ID}${separator}${salt}`])
        assert.equal(hashes.has(createHash('sha256').update(text).digest('hex')), false);
  assert.equal(own.includes('salt'), false);
});

test('the copy that is handed to the person proves whom the receipt is about, and is kept nowhere', async (t) => {
  const { people, run, world, folder, receipts } = await staffed(t);
  const copy = path.join(folder, 'for-ada.json');
  await people('erase', ID, '--yes', '--copy', copy);
  const { person_key: key, ...rest } = JSON.parse(await readFile(copy, 'utf8'));
  const [file = ''] = await receipts();
  assert.deepEqual(rest, JSON.parse(await readFile(file, 'utf8')));
  const names = await readdir(path.join(folder, 'data'), { recursive: true, withFileTypes: true });
  for (const one of names.filter((each) => each.isFile()))
    assert.equal((await readFile(path.join(one.parentPath, one.name))).includes(key), false, one.name);
  const ask = async (person: string) =>
    (await run(peopleCommand(world), 'receipt', copy, '--person', person)).text;
  assert.match(await ask(ID), /^Genuine[\s\S]*It is about 04711\./);
  assert.match(await ask('04712'), /It is NOT about 04712\./);
});

test('an erasure still comes back after a restore, also under a gallery key that was rotated meanwhile', async (t) => {
  const { people, run, world, config, folder, enrolled } = await staffed(t);
  const database = path.join(folder, 'data/twinstile.db');
  const [name = ''] = await readdir(path.join(folder, 'data/backups'));
  const carried = path.join(folder, 'carried.db');
  await copyFile(path.join(folder, 'data/backups', name), carried);
  await people('erase', ID, '--yes');
  await run(keysCommand(world), 'rotate', 'gallery', '--yes', '--config', config);
  for (const end of ['-wal', '-shm']) await rm(database + end, { force: true });
  await copyFile(carried, database);
  assert.match((await run(backupCommand(world), 'list', '--config', config)).text, /good/);
  assert.match(
    (
      await people(
        'receipt',
        (
          await readdir(path.join(folder, 'data/erasures'))
        )
          .filter((each) => each.endsWith('.json'))
          .map((each) => path.join(folder, 'data/erasures', each))[0] ?? '',
        '--person',
        ID,
      )
    ).text,
    /It is about/,
  );
  // The old copy is under the old gallery key, but whom it names is told without it.
  await assert.rejects(enrolled(), { code: 'gallery-locked' });
  assert.equal((await readFile(database)).includes('Ada Lovelace'), false);
});

test('sums of passages, out of which no person can be taken, are named in the receipt and on the screen', async (t) => {
  const { people, receipts, config } = await staffed(t);
  await withDatabase(await loadConfig(config), (database) =>
    database.write((sql) =>
      sql.run("INSERT INTO adaptation VALUES ('north', 'sums', ?, ?)", 'd'.repeat(64), Buffer.of(1)),
    ),
  );
  const { text } = await people('erase', ID, '--yes');
  assert.match(
    text,
    /Kept without the person: sums of the faces that passed, of 1 lane, .*twinstile adapt forget/,
  );
  const [file = ''] = await receipts();
  assert.equal(JSON.parse(await readFile(file, 'utf8')).passage_sums, 1);
  assert.match((await people('receipt', file)).text, /Genuine/);
});
