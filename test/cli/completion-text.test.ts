import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { Command } from 'commander';
import { completionOf, manualOf, SHELLS } from '../../src/cli/completion-text.js';
import { VERBS } from '../../src/verbs.js';

async function program(): Promise<Command> {
  const whole = new Command('twinstile').description('Opens gates.');
  for (const load of Object.values(VERBS)) whole.addCommand(await load());
  return whole;
}

/** What bash offers after these words; the last one is being typed. */
function offered(script: string, ...words: readonly string[]): readonly string[] {
  const typed = words.map((word) => `'${word}'`).join(' ');
  const run = spawnSync(
    'bash',
    [
      '--norc',
      '-c',
      `${script}\nCOMP_WORDS=(twinstile ${typed}); COMP_CWORD=${words.length}; _twinstile; printf '%s\\n' "\${COMPREPLY[@]}"`,
    ],
    {
      encoding: 'utf8',
      cwd: '/',
    },
  );
  assert.equal(run.stderr, '');
  return run.stdout.split('\n').filter((line) => line !== '');
}

test('bash offers verbs, verbs below a verb, and options', async () => {
  const script = completionOf(await program(), 'bash');
  assert.deepEqual(offered(script, 'jour'), ['journal']);
  assert.ok(offered(script, 'people', '').includes('list'));
  assert.ok(offered(script, 'people', 'list', '--').includes('--help'));
  assert.ok(offered(script, 'completion', '').includes('zsh'));
  assert.deepEqual(offered(script, '--config', 'x', 'docto'), ['doctor']);
});

test('every verb of the program stands in each completion and in the manual', async () => {
  const whole = await program();
  for (const text of [
    ...SHELLS.map((shell) => completionOf(whole, shell)),
    manualOf(whole, '0.1.0', '2026-11-30'),
  ])
    for (const name of Object.keys(VERBS)) assert.match(text, new RegExp(`\\b${name}\\b`), name);
});

test('a description with quotes, colons and a dot at its beginning breaks no shell and no page', () => {
  const whole = new Command('twinstile');
  whole.command('odd').description("Says: it's 'so'\n.TH other").option('--a-b <c>', "what's: this");
  assert.equal(spawnSync('bash', ['-n'], { input: completionOf(whole, 'bash') }).status, 0);
  assert.match(completionOf(whole, 'zsh'), /'odd:Says\\: it'\\''s '\\''so'\\'''/);
  const page = manualOf(whole, '1', '2026-11-30');
  assert.equal(page.match(/^\.TH/gm)?.length, 1);
  assert.match(page, /\\-\\-a\\-b/);
});
