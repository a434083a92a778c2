/** `twinstile setup`: without a terminal by an answers file, with a real broker, camera (a film), gate and person; and at a terminal. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { gateCommand } from '../../src/cli/gate/gate-verb.js';
import { loadConfig } from '../../src/service/config/load-config.js';
import { withDatabase } from '../../src/service/setup/open-gallery.js';
import { filmForTests } from '../fixtures/film-for-tests.js';
import { brokerFor } from '../service/demo/broker-for.js';
import { until } from '../until.js';

const main = new URL('../../src/main.ts', import.meta.url).pathname;
const program = ['--import', 'tsx', main];
/** On a busy machine. */
const LIMIT = 120_000;

function freshFolder(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'twinstile-setup-'));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** Without a terminal. It must not block: broker and gate are in this process. */
async function typed(t: TestContext, args: readonly string[]) {
  const child = spawn(process.execPath, [...program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part) => {
      text += part;
    });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, text };
}

/** Obeys the keys of a folder, in this process. */
async function gateFor(t: TestContext, folder: string, broker: string): Promise<readonly string[]> {
  const stop = new AbortController();
  const said: string[] = [];
  const gate = gateCommand({
    print: (line) => said.push(line),
    untilSignal: (work) => work(stop.signal),
  }).parseAsync(
    [
      ...['--site', 'works', '--lane', 'north', '--gate', 'north-1', '--direction', 'in'],
      ...['--broker', broker, '--username', 'box', '--password-file', path.join(folder, 'password')],
      ...['--key', `head-office-1=${path.join(folder, 'grant.pub')}`],
      ...['--sign-key', path.join(folder, 'gate.key')],
    ],
    { from: 'user' },
  );
  t.after(async () => {
    stop.abort();
    await gate;
  });
  return said;
}

test('an answers file sets up a box: camera, broker, gate with a test pulse, first person', {
  timeout: 280_000,
}, async (t) => {
  const folder = freshFolder(t);
  const film = await filmForTests();
  const people = path.join(path.dirname(film), 'gallery');
  const [person = ''] = readdirSync(people).toSorted();
  const [photo = ''] = readdirSync(path.join(people, person)).toSorted();
  const broker = await brokerFor(t, undefined, undefined, { box: 'a: "secret"' });
  writeFileSync(path.join(folder, 'password'), 'a: "secret"', { mode: 0o600 });
  for (const key of ['grant', 'gate'])
    assert.equal((await typed(t, ['keys', 'new', key, '--out', folder])).code, 0);
  const opened = await gateFor(t, folder, broker.url);
  const answers = path.join(folder, 'answers.yaml');
  writeFileSync(
    answers,
    `site: works
camera: ${JSON.stringify(film)}
broker: ${broker.url}
username: box
password-file: password
pulse: yes
person: ada
name: "Ada: Lovelace #1"
photo: ${JSON.stringify(path.join(people, person, photo))}
consent-text: "2026-1"
`,
  );
  const file = path.join(folder, 'twinstile.yaml');
  const { code, text } = await typed(t, ['setup', '-c', file, '--answers', answers, '--yes']);
  assert.equal(code, 0, text);
  for (const said of [
    // A busy machine gives a warning of the rate.
    /(?:ok|WARNING) +camera north: \d+x\d+, [\d.]+ frames a second/,
    /eye distance: The eyes are up to \d+ px apart in \d+ looks; 20 are needed\./,
    /ok +broker: .* takes us\./,
    /ok +gate north-1: It asks for grants, takes the key of this box, and signs with its own\./,
    /ok +test pulse: It opened, by its signed answer\./,
    /ok +first person: ada is enrolled\./,
    /gallery\.key: keep it on this box/,
  ])
    assert.match(text, said);
  assert.ok(
    opened.some((line) => /opened/i.test(line)),
    opened.join('\n'),
  );

  const check = await typed(t, ['config', 'check', file]);
  assert.equal(check.code, 0, check.text);
  assert.match(readFileSync(file, 'utf8'), /^# Who may pass where and when/m);
  assert.equal(statSync(file).mode & 0o777, 0o640);
  assert.match((await typed(t, ['people', 'list', '-c', file])).text, /ada.*Ada: Lovelace #1/);
  const acts = await withDatabase(await loadConfig(file), (database) =>
    database.read((sql) =>
      sql.all<{ readonly body: string }>("SELECT body FROM journal WHERE kind = 'act' ORDER BY seq"),
    ),
  );
  assert.deepEqual(
    acts.map(({ body }) => JSON.parse(body).act),
    ['gate-tested', 'person-enrolled'],
  );

  const before = readFileSync(file, 'utf8');
  const wrong = await typed(t, ['setup', '-c', file, '--yes', '--camera', path.join(folder, 'no.mp4')]);
  assert.equal(wrong.code, 4, wrong.text);
  assert.match(wrong.text, /WRONG +camera north: No pictures came[\s\S]*-> [\s\S]*Stopped at "camera"/);
  assert.equal(readFileSync(file, 'utf8'), before);

  const again = await typed(t, ['setup', '-c', file, '--yes', '--no-try', '--gate', 'west-7']);
  assert.equal(again.code, 0, again.text);
  assert.equal(readFileSync(`${file}.bak`, 'utf8'), before);
  assert.equal(readFileSync(file, 'utf8'), before.replace('gate: north-1', 'gate: west-7'));
});

test('without a terminal and without answers it is said in a sentence, and nothing is made', async (t) => {
  const folder = freshFolder(t);
  const file = path.join(folder, 'box', 'twinstile.yaml');
  const none = await typed(t, ['setup', '-c', file]);
  assert.equal(none.code, 2);
  assert.match(
    none.text,
    /^twinstile: Expected a terminal to ask at, --answers FILE or --yes, got none of them\./,
  );
  const some = await typed(t, ['setup', '-c', file, '--site', 'works', '--person', 'ada', '--yes']);
  assert.equal(some.code, 2);
  assert.match(some.text, /answers for name, photo, got neither/);
  const bad = await typed(t, ['setup', '-c', file, '--site', 'a b', '--opener', 'nobody', '--yes']);
  assert.equal(bad.code, 2);
  assert.match(bad.text, /site: Expected 1 to 64 letters[\s\S]*opener: Expected one of gate, tasmota/);
  assert.deepEqual(readdirSync(folder), []);
});

/** Moves of the cursor, by which readline draws its line. */
const CONTROL = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[A-Za-z]`, 'g');

/** Under script(1), at a terminal of 80 columns. */
function atTerminal(t: TestContext, args: readonly string[]) {
  const words = [process.execPath, ...program, ...args].map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['-qec', `stty cols 80; exec ${words}`, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, TERM: 'xterm', SHELL: '/bin/sh' },
  });
  t.after(() => child.kill('SIGKILL'));
  let text = '';
  child.stdout.on('data', (part) => {
    text += String(part).replaceAll(CONTROL, '');
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    ended,
    text: () => text,
    type: (keys: string) => void child.stdin.write(keys),
    /** Waits for the question and answers it. */
    async answer(name: string, line: string) {
      await until(() => text.includes(`  ${name} [`) && text.trimEnd().endsWith(':'), name, LIMIT);
      text = text.replaceAll(`  ${name} [`, `  ${name} <`);
      child.stdin.write(line);
    },
  };
}

const hasScript = spawnSync('script', ['--version']).status === 0;

test('Ctrl-C in the middle leaves nothing half-written', { timeout: 280_000 }, async (t) => {
  assert.ok(hasScript, 'script(1) of bsdutils');
  const folder = freshFolder(t);
  const file = path.join(folder, 'twinstile.yaml');
  const first = atTerminal(t, ['setup', '-c', file, '--no-try']);
  await first.answer('site', 'works\r');
  await first.answer('lane', '\r');
  await first.answer('gate', '\u0003');
  assert.equal(await first.ended, 130, first.text());
  assert.match(first.text(), /Stopped; \S+\s+is\s+as\s+it\s+was\s+before\./);
  assert.deepEqual(readdirSync(folder), []);
});

test('Ctrl-C while the camera is tried ends it, and a password that is asked for is not shown', {
  timeout: 280_000,
}, async (t) => {
  const folder = freshFolder(t);
  const film = await filmForTests();
  const file = path.join(folder, 'twinstile.yaml');
  const names = ['--site', 's', '--lane', 'l', '--gate', 'g', '--direction', 'in', '--pack', 'builtin'];
  const given = ['setup', '-c', file, ...names, '--liveness', 'pack', '--camera', film];
  const first = atTerminal(t, given);
  await until(() => first.text().includes('The camera is opened'), 'the camera step', LIMIT);
  first.type('\u0003');
  assert.equal(await first.ended, 130, first.text());
  assert.deepEqual(readdirSync(folder), []);

  const password = path.join(folder, 'password');
  const login = ['--broker', 'mqtt://127.0.0.1:1', '--username', 'box', '--password-file', password];
  const second = atTerminal(t, [...given, ...login]);
  await until(() => second.text().includes('password of box (not shown):'), 'the password', LIMIT);
  second.type('s3cret\r');
  await until(() => second.text().includes('again, keep anyway, or stop?'), 'the choice', LIMIT);
  assert.match(second.text(), /WRONG {4}broker: .*does not take us/);
  second.type('s\r');
  assert.equal(await second.ended, 3, second.text());
  assert.doesNotMatch(second.text(), /s3cret/);
  assert.equal(readFileSync(password, 'utf8'), 's3cret');
  assert.equal(statSync(password).mode & 0o777, 0o600);
  assert.equal(existsSync(file), false);
});

test('at a terminal of 80 columns a wrong answer is explained and asked again, and Enter takes what is there', {
  timeout: 280_000,
}, async (t) => {
  const folder = freshFolder(t);
  const file = path.join(folder, 'twinstile.yaml');
  const given = [
    '--camera',
    '/dev/video7',
    '--broker',
    'mqtt://h',
    '--direction',
    'out',
    '--gate',
    'g',
    '--lane',
    'l',
  ];
  const run = atTerminal(t, [
    'setup',
    '-c',
    file,
    '--no-try',
    ...given,
    '--pack',
    'builtin',
    '--person',
    '-',
  ]);
  await run.answer('site', 'no good\r');
  await run.answer('site', 'works\r');
  await run.answer('liveness', 'record\r');
  await run.answer('username', '\r');
  await run.answer('opener', '\r');
  await run.answer('pulse', '\r');
  assert.equal(await run.ended, 0, run.text());
  assert.match(run.text(), /Expected 1 to 64 letters, digits, dots/);
  const { site, lanes } = await loadConfig(file);
  assert.deepEqual([site, lanes[0]?.id, lanes[0]?.liveness.mode], ['works', 'l', 'record']);
  const lines = run.text().split(/[\r\n]+/);
  assert.deepEqual(
    lines.filter((line) => line.length > 80 && !line.includes(folder)),
    [],
  );
  assert.equal(existsSync(`${file}.bak`), false);
});
