/** What administrators do is journalled: every verb of the command line, and what it leaves in the chain. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { digestOf } from '../../src/biometrics/model-card.js';
import { backupCommand } from '../../src/cli/box/backup-verb.js';
import { configCommand } from '../../src/cli/box/config-verb.js';
import { journalCommand } from '../../src/cli/box/journal-verb.js';
import { keysCommand } from '../../src/cli/box/keys-verb.js';
import { galleryCommand } from '../../src/cli/fleet/gallery-verb.js';
import { syncCommand } from '../../src/cli/fleet/sync-verb.js';
import { modelsCommand } from '../../src/cli/models/models-verb.js';
import { badgeCommand } from '../../src/cli/people/badge-verb.js';
import { enrollCommand } from '../../src/cli/people/enroll-verb.js';
import { importCommand } from '../../src/cli/people/people-import.js';
import { peopleCommand } from '../../src/cli/people/people-verb.js';
import { systemClock } from '../../src/platform/system-clock.js';
import { VERBS } from '../../src/verbs.js';
import { fakeEncoder, fakePhoto } from '../fakes/photo-encoder.js';
import { drawnPeople } from '../fixtures/check-photos.js';
import { packFolderFor } from '../fixtures/pack-folder.js';
import { ACTS_OF_VERBS, NO_RIGHT, READS } from './acts-of-verbs.js';
import { ASKING_VERBS } from './irreversible-verbs.js';
import { officeFor } from './office.js';
import { twoNumberCard } from './two-number-card.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const entries = Object.entries(ACTS_OF_VERBS);

/** Every command that does something, by its words, out of the table that the program itself starts by. */
async function verbsOfProgram(): Promise<readonly string[]> {
  const found: string[] = [];
  const walk = (command: Command, above: string): void => {
    const words = `${above} ${command.name()}`.trim();
    if ('_actionHandler' in command && command._actionHandler !== null) found.push(words);
    for (const below of command.commands) walk(below, words);
  };
  for (const load of Object.values(VERBS)) walk(await load(), '');
  return found;
}

test('of every verb and subverb it is said which acts it writes, or that it writes none', async () => {
  const verbs = await verbsOfProgram();
  assert.ok(verbs.length > 60, `${verbs.length} verbs`);
  assert.deepEqual(
    verbs.filter((verb) => ACTS_OF_VERBS[verb] === undefined),
    [],
    'Say in test/cli/acts-of-verbs.ts what these verbs write into the journal.',
  );
  assert.deepEqual(
    entries.map(([verb]) => verb).filter((verb) => !verbs.includes(verb)),
    [],
    'These verbs are gone.',
  );
});

test('the program starts by the table of verbs that is looked at here, and by no other', () => {
  const main = readFileSync(path.join(root, 'src/main.ts'), 'utf8');
  assert.match(main, /import \{.*\bVERBS\b.*\} from '\.\/verbs\.js'/);
  assert.equal(main.match(/addCommand\(/g)?.length, 1);
  assert.doesNotMatch(main, /Command\(\)|\.command\(/);
});

test('every act that the sources know belongs to a verb', () => {
  const sources = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const texts = sources.map((name) => readFileSync(path.join(root, 'src', name), 'utf8'));
  const known = new Set(
    texts.flatMap((text) => [...text.matchAll(/\bact: '([a-z-]+)'/g)].map(([, act = '']) => act)),
  );
  const named = new Set(entries.flatMap(([, entry]) => (typeof entry === 'string' ? [] : entry.acts)));
  assert.ok(known.size > 15, `${known.size} acts`);
  assert.deepEqual(
    [...known].filter((act) => !named.has(act)),
    [],
    'Name the verb that writes these acts in test/cli/acts-of-verbs.ts.',
  );
});

test('what is not run here is shown by a test that names the act', () => {
  for (const [verb, entry] of entries)
    for (const [act, file] of Object.entries(typeof entry === 'string' ? {} : (entry.elsewhere ?? {})))
      assert.ok(
        readFileSync(path.join(root, file), 'utf8').includes(`'${act}'`),
        `${verb}: ${act} in ${file}`,
      );
});

/** An office with photographs, a fleet of its own, and a box that follows it. */
async function officeWithFleet(t: TestContext, packFolder: string) {
  const [office, box] = [await officeFor(t), await officeFor(t)];
  const card = twoNumberCard;
  const world = {
    ...office.world,
    clock: systemClock,
    openEncoder: async () => ({ encoder: fakeEncoder(), card }),
    encoderInUse: async () => digestOf(card),
    progress: () => ({ show: () => {}, end: () => {} }),
    untilSignal: (work: (signal: AbortSignal) => Promise<void>) => work(new AbortController().signal),
  };
  const at = (...names: readonly string[]) => path.join(office.folder, ...names);
  for (const [person, vector] of [
    ['ada', [1, 0]],
    ['bob', [0, 1]],
  ] as const) {
    await mkdir(at('faces', person), { recursive: true });
    await writeFile(at('faces', person, '1.jpg'), fakePhoto({ vector }));
  }
  await writeFile(
    at('staff.ldif'),
    'dn: uid=cleo,dc=x\nobjectClass: inetOrgPerson\nuid: cleo\ncn: Cleo of x\n',
  );
  await drawnPeople(at('check'), 10);
  const make: Readonly<Record<string, () => Command>> = {
    enroll: () => enrollCommand(world),
    people: () => peopleCommand(world),
    badge: () => badgeCommand(world),
    gallery: () => galleryCommand(world),
    journal: () => journalCommand(world),
    backup: () => backupCommand(world),
    keys: () => keysCommand(world),
    config: () => configCommand(world),
    models: () => modelsCommand({ office: world, env: {}, print: world.print }),
  };
  let config = office.config;
  /** Runs a verb, given as it is typed. @returns the acts that are in the journal since. */
  const acts = async (typed: string, ...more: readonly string[]) => {
    const [verb = '', ...words] = typed.split(' ');
    // By their hashes: a backup that is restored sets the numbers back.
    const before = new Set((await rows()).map(({ hash }) => hash));
    if (typed.startsWith('people import')) await office.run(importCommand(world), ...words.slice(1), ...more);
    else if (verb === 'sync')
      await box.run(syncCommand({ ...box.world, clock: systemClock }), '-c', box.config);
    else await office.run((make[verb] ?? assert.fail(verb))(), ...words, ...more);
    return (await rows()).filter(({ hash }) => !before.has(hash)).reverse();
  };
  /** Newest first; those of the box after a sync. */
  const rows = () =>
    (config === box.config ? box : office).inside(({ journal }) => journal.list({ limit: 200, kind: 'act' }));
  const atBox = (): void => {
    config = box.config;
  };
  return { office, box, at, acts, atBox, packFolder };
}

/** Every file with its hash, but for the database, whose acts are counted. */
const filesIn = (folder: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/^twinstile\.db(-wal|-shm)?$/.test(entry.name))
      .map((entry) => path.join(entry.parentPath, entry.name))
      .map((file) => [file, createHash('sha256').update(readFileSync(file)).digest('hex')]),
  );

test('each verb that changes who may pass leaves its act in the chain, with who did it; others leave none', async (t) => {
  const packFolder = await packFolderFor(t, 'builtin');
  if (packFolder === undefined) return t.skip('needs the built-in pack');
  const { office, box, at, acts, atBox } = await officeWithFleet(t, packFolder);
  const tried = new Set<string>();
  const nameOf = (typed: string) =>
    entries.map(([verb]) => verb).find((verb) => typed === verb || typed.startsWith(`${verb} `)) ??
    assert.fail(`no verb ${typed}`);
  /** A verb that asks, typed with --yes: changes nothing with --dry-run, nor without either where no terminal is. */
  const expectAsking = async (typed: string, ...also: readonly string[]) => {
    const plain = typed.replace(/ --yes$/, '');
    assert.notEqual(plain, typed, `${typed} --yes`);
    const before = filesIn(office.folder);
    assert.deepEqual(await acts(`${plain} --dry-run`, ...also), [], plain);
    assert.equal(office.lines().at(-1), 'Nothing was changed: --dry-run.', plain);
    assert.ok(office.lines().length > 1, `${plain} says whom it means`);
    await assert.rejects(acts(plain, ...also), { code: 'bad-arguments', message: /^Expected --yes/ }, plain);
    assert.deepEqual(filesIn(office.folder), before, plain);
  };
  /** @param also what has no blanks to be split at. */
  const expect = async (typed: string, ...also: readonly string[]) => {
    const verb = nameOf(typed);
    const entry = ACTS_OF_VERBS[verb] ?? READS;
    if (ASKING_VERBS[verb] === 'always') await expectAsking(typed, ...also);
    const found = await acts(typed, ...also);
    const names = found.map(({ body }) => String(body.act));
    tried.add(verb);
    if (entry === READS || entry === NO_RIGHT) return assert.deepEqual(names, [], typed);
    if (typeof entry === 'string') return assert.fail(typed);
    assert.ok(names.length > 0, `${typed} leaves no act`);
    for (const { body } of found) {
      assert.ok(entry.acts.includes(String(body.act)), `${typed}: ${body.act}`);
      assert.equal(body.by, `unix:${userInfo().username}`, typed);
      assert.notEqual(body.finished, false, typed);
    }
  };
  const c = ['-c', office.config];
  const safe = ['--offline', at('safe'), at('stick')];
  const out = ['--out', at('out')];

  await expect('enroll', at('faces'), '--consent-text', '1', '--no-lookalikes', ...c);
  await expect(`people import ${at('staff.ldif')} --no-photos --no-lookalikes`, ...c);
  await expect('people consent cleo --text 2', ...c);
  await expect('people groups ada --add staff', ...c);
  await expect('badge add ada b1', ...c);
  await expect('badge add bob b2', ...c);
  await expect('badge list', ...c);
  await expect('people list', ...c);
  await expect('people show ada', ...c);
  await expect('people export ada', ...c);
  await expect('keys new grant', '--out', at('grant'));
  await expect('keys new gate', '--out', at('gate'));
  await expect('keys new operator', '--out', at('operator'));
  await expect('keys new gallery', '--out', at('fresh'));
  await expect('keys rotate grant');
  await expect('keys rotate gallery --yes', ...c);
  await expect('config check', office.config);
  await expect('config schema');

  await expect('gallery keys init', '--site', 'test', ...safe, ...c);
  await expect('gallery keys site annex', ...safe, ...c);
  await expect('gallery keys rotate site-test-1 --yes', ...safe, ...c);
  await expect('gallery keys renew', ...safe, ...c);
  await expect('gallery keys list', ...c);
  await expect('gallery device key', '--out', path.join(box.folder, 'box.age'));
  const recipient = office.lines().at(-1) ?? '';
  await expect(`gallery device add gate-1 ${recipient}`, ...c);
  await expect(`gallery device add gate-2 ${recipient}`, ...c);
  await expect('gallery device remove gate-2 --yes', ...c);
  await expect('gallery device list', ...c);
  await expect('gallery publish', ...out, ...c);
  await expect('gallery status', ...c);
  await expect(
    'models publish builtin --percent 10',
    '--check',
    at('check'),
    ...out,
    '--folder',
    packFolder,
    ...c,
  );
  await expect('models rollout status', ...c);
  await expect('models rollout advance --percent 50', ...out, ...c);
  await expect('models rollout halt', ...out, ...c);
  await expect('models rollout roll-back --yes', ...out, ...c);
  await expect('gallery revoke --badge b2 --wait 0 --yes', ...c);
  await expect('gallery revoke --badge b2 --undo --yes', ...c);
  await expect('gallery publish', ...out, ...c);

  await expect('backup now', ...c);
  const backup = (office.lines().at(-1) ?? '').split(': checked')[0] ?? '';
  await copyFile(backup, at('kept.db'));
  await expect('backup list', ...c);
  await expect('badge remove b1 --yes', ...c);
  await expect('badge release b1 --yes', ...c);
  await expect('people remove cleo --yes', ...c);
  await expect('people erase bob --yes', ...c);
  await expect('journal list', ...c);
  await expect('journal export', ...c);
  await expect('journal verify', ...c);
  await expect(`backup restore ${at('kept.db')} --yes`, ...c);

  await writeFile(path.join(box.folder, 'root.json'), await readFile(at('data', 'fleet', 'root.json')));
  const follows = `{ key_file: ./gallery.key, fleet: { source: ${at('out')}, root_file: ./root.json, key_file: ./box.age } }`;
  await writeFile(
    box.config,
    (await readFile(box.config, 'utf8')).replace('{ key_file: ./gallery.key }', follows),
  );
  atBox();
  await expect('sync');

  const missing = entries.flatMap(([verb, entry]) =>
    typeof entry === 'string' || entry.elsewhere !== undefined || tried.has(verb) ? [] : [verb],
  );
  assert.deepEqual(missing, [], 'These verbs write acts, and nothing runs them.');
  const { acts: waiting } = JSON.parse(await readFile(at('data', 'fleet', 'acts.json'), 'utf8'));
  assert.deepEqual(waiting, []);
});
