import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { Command } from 'commander';
import { calibrateCommand } from '../../src/cli/measure/calibrate-verb.js';
import { evaluateCommand } from '../../src/cli/measure/evaluate-verb.js';
import { replayCommand } from '../../src/cli/measure/replay-verb.js';
import { trainCommand } from '../../src/cli/train/train-verb.js';
import { type WorkedThrough, wholeResult } from '../../src/cli/whole-result.js';

const src = path.resolve(import.meta.dirname, '../../src');
const interrupt = (): boolean => process.emit('SIGINT', 'SIGINT');

test('a result is shown where no signal came', async () => {
  const shown: number[] = [];
  await wholeResult({ counted: 'clips', work: async () => 7, show: (result) => void shown.push(result) });
  assert.deepEqual(shown, [7]);
});

for (const [name, end] of [
  ['ends early', (): number => 7],
  [
    'fails of it',
    (): number => {
      throw new Error('its child is gone');
    },
  ],
] as const)
  test(`work that ${name} after a signal shows nothing, and says which part was done`, async () => {
    const work = async (signal: AbortSignal, through: WorkedThrough): Promise<number> => {
      Object.assign(through, { done: 312, of: 1000 });
      interrupt();
      assert.ok(signal.aborted);
      return end();
    };
    await assert.rejects(
      wholeResult({ counted: 'photographs', work, show: () => assert.fail('was shown') }),
      { code: 'stopped', message: /partial: 312 of 1,000 photographs\. No result/ },
    );
  });

test('a fault without a signal stays what it is', async () => {
  const work = async (): Promise<number> => {
    throw new Error('a fault');
  };
  await assert.rejects(wholeResult({ counted: 'clips', work, show: () => {} }), /^Error: a fault$/);
});

/** The verbs that measure, each with what it needs to begin; a new one below these commands must be added. */
const VERBS: Readonly<Record<string, readonly string[]>> = {
  'evaluate verification': ['--images', 'DIR', '--pairs', 'DIR/pairs.csv'],
  'evaluate pairs': ['--images', 'DIR'],
  'evaluate identification': ['--images', 'DIR'],
  'evaluate clips': ['DIR'],
  'evaluate site': ['DIR'],
  'evaluate pad': ['--live', 'DIR'],
  calibrate: ['--images', 'DIR', '--out', 'DIR/table.json'],
  replay: ['DIR', '--gallery', 'DIR'],
  'train head': ['--images', 'DIR', '--out', 'DIR/head.json'],
  'train reranker': ['--images', 'DIR', '--out', 'DIR/reranker.json'],
};

const MEASURING = [evaluateCommand, calibrateCommand, replayCommand, trainCommand];

function leavesOf(command: Command, before = ''): readonly string[] {
  const name = `${before}${command.name()}`;
  return command.commands.length === 0
    ? [name]
    : command.commands.flatMap((one) => leavesOf(one, `${name} `));
}

test('no verb that measures is missing here', () => {
  assert.deepEqual(MEASURING.flatMap((make) => leavesOf(make())).sort(), Object.keys(VERBS).sort());
});

for (const [verb, options] of Object.entries(VERBS))
  test(`${verb} writes nothing after a signal`, async (t) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'whole-'));
    t.after(() => rm(folder, { recursive: true }));
    await writeFile(path.join(folder, 'identities.csv'), 'file,identity\na.mp4,ada\n');
    await writeFile(path.join(folder, 'pairs.csv'), 'a,b,same\nx/1.jpg,y/1.jpg,0\n');
    const before = await readdir(folder);
    const written: unknown[] = [];
    t.mock.method(process.stdout, 'write', (text: unknown) => written.push(text) > 0);
    const [name = '', ...inner] = verb.split(' ');
    const command = MEASURING.map((make) => make()).find((one) => one.name() === name);
    const running = command?.parseAsync([...inner, ...options.map((one) => one.replace('DIR', folder))], {
      from: 'user',
    });
    assert.ok(running);
    interrupt();
    const outcome = await running.then(
      () => undefined,
      (error: unknown) => error,
    );
    t.mock.restoreAll();
    assert.deepEqual(written, []);
    assert.deepEqual(await readdir(folder), before);
    // A head keeps the best so far, and what comes before the first is no reason to ask twice.
    if (verb !== 'train head') assert.equal(Object(outcome).code, 'stopped', String(outcome));
  });

test('whatever uses the workshop goes through it, or keeps what it had', async () => {
  const asked = /from '\.\.\/\.\.\/lab\/(evaluate|calibrate|replay|train)\//;
  for (const file of await readdir(path.join(src, 'cli'), { recursive: true })) {
    if (!file.endsWith('-verb.ts') && !file.startsWith('measure/evaluate-')) continue;
    const text = await readFile(path.join(src, 'cli', file), 'utf8');
    if (!asked.test(text) || NO_RESULT.includes(file)) continue;
    assert.match(text, /\bwholeResult\(/, file);
    assert.doesNotMatch(text, /\buntilSignal\(/, file);
  }
});
/** Options of all of them; a demonstration; and training that keeps the best head, with its own words and exit code. */
const NO_RESULT = ['measure/evaluate-options.ts', 'box/demo-verb.ts', 'train/train-head-verb.ts'];

const people = path.resolve(process.env.TWINSTILE_SHARED ?? path.join(src, '../../shared'), 'faces/lfw-dev');
const pack = path.join(src, '../models/packs/builtin/card.json');
const skip = !(existsSync(people) && existsSync(pack)) && 'needs the photographs and the built-in pack';

test('SIGINT in the middle of thousands of photographs: the part, exit code 130, no table', {
  skip,
}, async (t) => {
  const args = ['--import', 'tsx', path.join(src, 'main.ts'), 'evaluate', 'pairs', '--no-cache'];
  const child = spawn(process.execPath, [...args, '--images', people], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  let [out, said] = ['', ''];
  child.stdout.on('data', (text) => {
    out += text;
  });
  child.stderr.on('data', (text) => {
    if (said === '') child.kill('SIGINT');
    said += text;
  });
  const [code] = await once(child, 'close');
  assert.equal(code, 130, said);
  assert.equal(out, '');
  assert.match(said, /^\d+ of \d+ photographs/);
  assert.match(said, /Stopped by a signal, partial: [\d,]+ of [\d,]+ photographs\./);
  assert.doesNotMatch(said, /\n +at /);
});
