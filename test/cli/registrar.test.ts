/** Two offices and one database of people in PostgreSQL, by the commands alone; a box takes what they publish. */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import path from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { badgeId } from '../../src/base/ids.js';
import { backupCommand } from '../../src/cli/box/backup-verb.js';
import { doctorCommand } from '../../src/cli/box/doctor-verb.js';
import { journalCommand } from '../../src/cli/box/journal-verb.js';
import { keysCommand } from '../../src/cli/box/keys-verb.js';
import { galleryCommand } from '../../src/cli/fleet/gallery-verb.js';
import { syncCommand } from '../../src/cli/fleet/sync-verb.js';
import { badgeCommand } from '../../src/cli/people/badge-verb.js';
import { enrollCommand } from '../../src/cli/people/enroll-verb.js';
import { peopleCommand } from '../../src/cli/people/people-verb.js';
import { systemClock } from '../../src/platform/system-clock.js';
import { fakeEncoder, fakePhoto } from '../fakes/photo-encoder.js';
import { needsPostgres, startPostgres } from '../records/sql/postgres/private-postgres.js';
import { officeFor } from './office.js';
import { twoNumberCard } from './two-number-card.js';

const skip = needsPostgres;
const server = skip === false ? await startPostgres() : undefined;
after(() => server?.stop());

const card = twoNumberCard;

/** Offices of one registrar: each has a folder and a configuration of its own. */
async function offices(t: TestContext, count: number) {
  assert.ok(server !== undefined);
  const { port, database, user } = await server.newDatabase();
  const registrar = `registrar: { database: "postgres://${user}@127.0.0.1:${port}/${database}" }\n`;
  return Promise.all(
    Array.from({ length: count }, async () => {
      const office = await officeFor(t);
      await writeFile(office.config, `${await readFile(office.config, 'utf8')}${registrar}`);
      const world = {
        ...office.world,
        clock: systemClock,
        openEncoder: async () => ({ encoder: fakeEncoder(), card }),
        progress: () => ({ show: () => {}, end: () => {} }),
        untilSignal: (work: (signal: AbortSignal) => Promise<void>) => work(new AbortController().signal),
      };
      const commands = {
        enroll: enrollCommand,
        people: peopleCommand,
        badge: badgeCommand,
        gallery: galleryCommand,
      };
      const run = (verb: keyof typeof commands, ...args: string[]) =>
        office.run(
          commands[verb](world),
          ...args,
          ...(args[0] === 'keys' || args[0] === 'device' ? [] : ['-c', office.config]),
        );
      return { ...office, plain: office.run, world, run };
    }),
  );
}

async function photosIn(
  folder: string,
  people: Readonly<Record<string, readonly number[]>>,
): Promise<string> {
  const faces = path.join(folder, 'faces');
  for (const [id, vector] of Object.entries(people)) {
    await mkdir(path.join(faces, id), { recursive: true });
    await writeFile(path.join(faces, id, '1.jpg'), fakePhoto({ vector }));
  }
  return faces;
}

test('what one office enrolls the other shows, changes, exports, publishes and erases', {
  skip,
  timeout: 60_000,
}, async (t) => {
  const [north, south] = await offices(t, 2);
  assert.ok(north !== undefined && south !== undefined);
  const faces = await photosIn(north.folder, { ada: [1, 0], bob: [0, 1] });
  assert.match(
    (await north.run('enroll', faces, '--consent-text', '1', '--no-lookalikes')).text,
    /2 accepted/,
  );
  assert.match((await south.run('enroll', faces, '--no-lookalikes')).text, /0 accepted, 2 known before/);
  await south.run('badge', 'add', 'ada', 'b1');
  await assert.rejects(north.run('badge', 'add', 'bob', 'b1'), { code: 'bad-arguments', message: /ada has/ });
  await south.run('people', 'groups', 'ada', '--add', 'staff');
  assert.match((await north.run('people', 'show', 'ada')).text, /badges {5}b1[\s\S]*groups {5}staff/);
  const held = JSON.parse((await north.run('people', 'export', 'ada', '--with-templates')).text);
  assert.deepEqual(held.templates[0].vector, [1, 0]);
  const acts = held.journal.map(({ body }: { readonly body: { readonly act: string } }) => body.act);
  assert.deepEqual(acts, ['person-enrolled', 'person-changed', 'person-changed']);

  const fleet = path.join(north.folder, 'data', 'fleet');
  const out = path.join(north.folder, 'out');
  const sticks = ['--offline', path.join(north.folder, 's1'), path.join(north.folder, 's2')];
  await north.run('gallery', 'keys', 'init', '--fleet', fleet, '--site', 'test', ...sticks);
  const box = await officeFor(t);
  const world = { ...box.world, clock: systemClock };
  const key = await box.run(
    galleryCommand(world),
    'device',
    'key',
    '--out',
    path.join(box.folder, 'box.age'),
  );
  await north.run('gallery', 'device', 'add', 'g', key.text.trim(), '--fleet', fleet, '--site', 'test');
  await writeFile(path.join(box.folder, 'root.json'), await readFile(path.join(fleet, 'root.json')));
  const follows = `{ key_file: ./gallery.key, fleet: { source: ${out}, root_file: ./root.json, key_file: ./box.age } }`;
  await writeFile(
    box.config,
    (await readFile(box.config, 'utf8')).replace('{ key_file: ./gallery.key }', follows),
  );
  const publish = async () => (await north.run('gallery', 'publish', '--out', out)).text;
  const sync = async () => (await box.run(syncCommand(world), '-c', box.config)).text;
  const onBox = () =>
    box.inside(async ({ gallery }) => (await gallery.list()).map(({ person }) => person.id));

  assert.match(await publish(), /Gallery 1: 2 people/);
  await sync();
  assert.deepEqual(await onBox(), ['ada', 'bob']);
  assert.match(await publish(), /nothing to publish/);

  assert.match((await north.run('gallery', 'revoke', '--badge', 'b1', '--yes')).text, /Revoked \(1\)/);
  const erased = await south.run('people', 'erase', 'ada', '--yes');
  assert.match(
    erased.text,
    /^ada is erased: 1 template, 1 badge, 4 rows of the journal\.\nReceipt: .*\nKey for ada.*\nPublish the gallery/m,
  );
  const file = /^Receipt: (.+)$/m.exec(erased.text)?.[1] ?? '';
  const handed = /^Key for ada.*: ([0-9a-f]{64})\./m.exec(erased.text)?.[1] ?? '';
  const receipt = await south.plain(
    peopleCommand(south.world),
    'receipt',
    file,
    '--person',
    'ada',
    '--key',
    handed,
  );
  assert.match(receipt.text, /^Genuine[\s\S]*It is about ada\./);
  await assert.rejects(south.run('people', 'erase', 'ada', '--yes'), { code: 'person-unknown' });
  assert.match(await publish(), /Gallery 2: 1 person/);
  await sync();
  assert.deepEqual(await onBox(), ['bob']);
  assert.equal(await box.inside(({ gallery }) => gallery.holderOf(badgeId('b1'))), undefined);
});

test('what administrators do is journalled at the registrar: who did it and what changed, and the chain verifies', {
  skip,
}, async (t) => {
  const [north] = await offices(t, 1);
  assert.ok(north !== undefined && server !== undefined);
  const journal = (...args: string[]) =>
    north.plain(journalCommand(north.world), ...args, '-c', north.config);
  await north.run('enroll', await photosIn(north.folder, { ada: [1, 0] }), '--consent-text', '1');
  await north.run('badge', 'add', 'ada', 'b1');
  await north.run('people', 'groups', 'ada', '--add', 'staff');
  await north.run('people', 'consent', 'ada', '--withdraw');
  await north.run('badge', 'remove', 'b1', '--yes');
  await north.run('people', 'remove', 'ada', '--yes');
  const rows = JSON.parse((await journal('list', '--json')).text) as readonly {
    readonly kind: string;
    readonly body: Readonly<Record<string, unknown>>;
  }[];
  assert.deepEqual(
    rows.map(({ kind, body }) => [kind, body.act, body.person]),
    [
      ['act', 'person-removed', 'ada'],
      ...Array.from({ length: 4 }, () => ['act', 'person-changed', 'ada']),
      ['act', 'person-enrolled', 'ada'],
    ],
  );
  assert.ok(
    rows.every(({ body }) => body.by === `unix:${userInfo().username}` && body.office === hostname()),
  );
  assert.match((await journal('verify')).text, /All 6 rows are there and unchanged/);
  const database = /127.0.0.1:\d+\/(\w+)/.exec(await readFile(north.config, 'utf8'))?.[1] ?? '';
  await server.tell(database, 'DELETE FROM twinstile.journal WHERE seq = 6');
  const cut = await journal('verify');
  assert.deepEqual([cut.exitCode, /Row 6 was changed or taken out/.test(cut.text)], [4, true]);
});

test('of two offices that import the same person at the same moment, one is told to run its command again', {
  skip,
}, async (t) => {
  const [north, south] = await offices(t, 2);
  assert.ok(north !== undefined && south !== undefined);
  const run = async (office: typeof north) => {
    const faces = await photosIn(office.folder, { ada: [1, office === north ? 0 : 0.01] });
    return office.run(
      'enroll',
      faces,
      '--consent-text',
      office === north ? 'north' : 'south',
      '--no-lookalikes',
    );
  };
  const results = await Promise.allSettled([run(north), run(south)]);
  const lost = results.findIndex(({ status }) => status === 'rejected');
  // On a slow machine one may be done before the other looks; then it simply adds its photograph.
  const [first] = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  if (first !== undefined) assert.equal(first.code, 'gallery-changed');
  if (lost !== -1) await run(lost === 0 ? north : south);
  const all = JSON.parse((await north.run('people', 'list', '--json')).text);
  assert.deepEqual([all.length, all[0].templates.length], [1, 2]);
});

test('what belongs to a box is refused at the registrar, with a word about what to do instead', {
  skip,
}, async (t) => {
  const [office] = await offices(t, 1);
  assert.ok(office !== undefined);
  for (const run of [
    () => office.plain(backupCommand(office.world), 'now', '-c', office.config),
    () => office.run('gallery', 'status'),
  ])
    await assert.rejects(run(), { code: 'bad-arguments', message: /PostgreSQL/, hint: /pg_dump/ });
});

test('a configuration of site, key and database is enough, and doctor looks at what a registrar has', {
  skip,
}, async (t) => {
  const [office] = await offices(t, 1);
  assert.ok(office !== undefined);
  const { world, config, plain } = office;
  const [database = ''] = /registrar:.*/.exec(await readFile(config, 'utf8')) ?? [];
  await writeFile(config, `site: hq\ndata_dir: ./data\ngallery: { key_file: ./gallery.key }\n${database}\n`);
  assert.match((await office.run('people', 'list')).text, /^0 people/);
  await writeFile(path.join(office.folder, 'face.jpg'), fakePhoto({ vector: [1, 0] }));
  const photo = path.join(office.folder, 'face.jpg');
  assert.match((await office.run('enroll', photo, '--person', 'ada', '--name', 'Ada')).text, /1 accepted/);
  const { text } = await plain(doctorCommand(world), '-c', config);
  assert.match(text, /keys: All of them can be used/);
  assert.match(text, /gallery: Version 1: 0 people .* of 1 who are enrolled/);
  assert.doesNotMatch(text, /broker|camera/);
  // The journal's signed head and the key it is signed with; no database.
  assert.deepEqual((await readdir(path.join(office.folder, 'data'))).sort(), [
    'device.key',
    'journal-head.json',
  ]);
});

test('a new gallery key locks out an office that does not have it yet', { skip }, async (t) => {
  const [north, south] = await offices(t, 2);
  assert.ok(north !== undefined && south !== undefined);
  const faces = await photosIn(north.folder, { ada: [1, 0] });
  await north.run('enroll', faces, '--no-lookalikes');
  const file = path.join(north.folder, 'gallery.key');
  const old = await readFile(file);
  const { text } = await north.plain(
    keysCommand(north.world),
    'rotate',
    'gallery',
    '--yes',
    '-c',
    north.config,
  );
  assert.match(text, /the keys of 1 person were wrapped anew\.\nBring it to every other office/);
  assert.match((await north.run('people', 'show', 'ada')).text, /template/);
  await assert.rejects(south.run('people', 'list'), { code: 'gallery-locked', hint: /right key/ });
  await writeFile(path.join(south.folder, 'gallery.key'), await readFile(file));
  const held = JSON.parse((await south.run('people', 'export', 'ada', '--with-templates')).text);
  assert.deepEqual(held.templates[0].vector, [1, 0]);
  // Cut off before the file was replaced: the next command ends it.
  await writeFile(`${file}.new`, await readFile(file));
  await writeFile(file, old);
  assert.match((await north.run('people', 'list')).text, /^1 person|1 people/m);
  assert.deepEqual(
    (await readdir(north.folder)).filter((name) => name.startsWith('gallery.key')),
    ['gallery.key'],
  );
});

test('a server that is away is told, and the same command works once it is back', { skip }, async (t) => {
  const [office] = await offices(t, 1);
  assert.ok(office !== undefined);
  const right = await readFile(office.config, 'utf8');
  await writeFile(office.config, right.replace(/@127\.0\.0\.1:\d+/, '@127.0.0.1:1'));
  await assert.rejects(office.run('people', 'list'), { code: 'gallery-unusable', hint: /Start PostgreSQL/ });
  await writeFile(office.config, right);
  assert.match((await office.run('people', 'list')).text, /^0 people/);
});
