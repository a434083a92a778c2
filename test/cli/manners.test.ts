/** What every command of the tree has in common: help of 80 columns, examples that can be typed, required options marked. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { Command, Option } from 'commander';
import { withManners } from '../../src/cli/manners.js';
import { VERBS } from '../../src/verbs.js';
import { expectTypable, placesOf, commandTree as tree } from '../support/typable.js';

/** As it would be printed where no terminal is. */
function helpOf(command: Command): string {
  let text = '';
  const { writeOut } = command.configureOutput();
  const write = process.stdout.write;
  process.stdout.write = (part: unknown): boolean => {
    text += String(part);
    return true;
  };
  try {
    command.outputHelp();
  } finally {
    process.stdout.write = write;
    command.configureOutput({ writeOut });
  }
  return text;
}

test('the help of every command fits into 80 columns, and has an example that is typed as it is written', async () => {
  const places = await tree();
  assert.ok(places.length > 80, `${places.length} commands`);
  for (const { words, command } of places) {
    const name = words.join(' ');
    const help = helpOf(command);
    const long = help.split('\n').filter((line) => line.length > 80);
    assert.deepEqual(long, [], name);
    const [, after] = help.split(/^Examples?:$/m);
    assert.ok(after !== undefined, `${name} has no example`);
    const typed = after
      .replaceAll(/\\\n\s*/g, '')
      .split('\n')
      .flatMap((line) => /^ {2}twinstile (.*)$/.exec(line)?.[1] ?? []);
    assert.ok(
      typed.some((line) => `${line} `.startsWith(`${name} `)),
      `${name} has an example of itself`,
    );
    for (const line of typed) expectTypable(places, line);
  }
});

test('an option without which a command does nothing is marked as required', async () => {
  const unmarked = (await tree()).flatMap(({ words, command }) =>
    command.options
      .filter(({ mandatory, defaultValue }) => mandatory && defaultValue === undefined)
      .filter((option) => !/\((?:[^)]*; )?required/.test(command.createHelp().optionDescription(option)))
      .map(({ long }) => `${words.join(' ')} ${long}`),
  );
  assert.deepEqual(unmarked, []);
});

test('an order that cannot be read says where its help is', async () => {
  const keys = await VERBS.keys?.();
  assert.ok(keys !== undefined);
  const said: string[] = [];
  for (const { command } of placesOf(keys))
    command.exitOverride().configureOutput({ writeErr: (text) => said.push(text) });
  await assert.rejects(keys.parseAsync(['new', 'gallery'], { from: 'user' }));
  assert.equal(
    said.join(''),
    "error: required option '--out <dir>' not specified\n(see: twinstile keys new gallery --help)\n",
  );
});

test('help writes a default as it is typed, and none where there is nothing', () => {
  const command = withManners(
    new Command('count')
      .option('--sizes <list>', 'how many', () => [1, 2], [1, 2])
      .option('--paths <path...>', 'where', [])
      .addOption(new Option('--shape <name>', 'which').choices(['round', 'square']).default('round')),
  );
  const help = helpOf(command);
  assert.match(help, /how many \(default: 1,2\)/);
  assert.match(help, /where$/m);
  assert.match(help, /which \(one of: round, square; default: round\)/);
});

const main = new URL('../../src/main.ts', import.meta.url).pathname;
const hasScript = spawnSync('script', ['--version']).status === 0;

test('at a terminal of 80 columns nothing is wider: what is checked, explained, refused and asked wrongly', {
  skip: hasScript ? false : 'no program script',
}, async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-terminal-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = path.join(folder, 'box.yaml');
  await writeFile(
    file,
    'site: test\ndata_dir: ./data\ngallery: { key_file: ./gallery.key }\nmqtt: { url: "mqtt://127.0.0.1:1" }\ngrants: { key_id: k1, algorithm: ed25519, key_file: ./grant.key }\nlanes: [{ id: a, gate: g1, gate_key_file: gate.pub, direction: in, camera: { kind: usb, device: /dev/video0 }, verification: { max_fmr: "1 in 10,000" } }]\n',
  );
  const lines = [
    `config check ${file}`,
    'config explain lanes',
    `people list -c ${file}`,
    'people list -c /nowhere/twinstile.yaml',
    'keys new gallery',
    'models list',
  ];
  const typed = lines.map((line) => `${process.execPath} --import tsx ${main} ${line}`).join('; ');
  const shown = execFileSync('script', ['-qec', `stty cols 80; ${typed}; true`, '/dev/null'], {
    encoding: 'utf8',
    env: { ...process.env, TERM: 'dumb', NO_COLOR: '1' },
    cwd: new URL('../..', import.meta.url).pathname,
  });
  const wide = shown
    .replaceAll('\r', '')
    .split('\n')
    // A path or an address that is longer than a line stays whole, so that it can be copied.
    .filter((line) => [...line].length > 80 && /\S\s+\S/.test(line.trim()));
  assert.deepEqual(wide, []);
  assert.ok(!shown.includes('\u001b'), 'no escape at a terminal that knows none');
  assert.match(shown, /twinstile: .*\/nowhere\/twinstile\.yaml/);
});
