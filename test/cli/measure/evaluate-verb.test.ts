import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from 'commander';
import { TwinstileError } from '../../../src/base/errors.js';
import { evaluateCommand } from '../../../src/cli/measure/evaluate-verb.js';

function run(...words: string[]): Promise<Command> {
  const evaluate = evaluateCommand();
  for (const command of [evaluate, ...evaluate.commands])
    command.exitOverride().configureOutput({ writeErr: () => {} });
  return evaluate.parseAsync(words, { from: 'user' });
}

for (const [name, words] of [
  ['pairs of a folder that is not there', ['pairs', '--images', '/nowhere/at/all']],
  ['identification of a folder that is not there', ['identification', '--images', '/nowhere/at/all']],
  ['a list of pairs that is not there', ['verification', '--images', 'x', '--pairs', '/nowhere/pairs.csv']],
  ['clips without identities.csv', ['clips', '/nowhere/at/all']],
] as const) {
  test(`refuses ${name}`, async () => {
    await assert.rejects(
      run(...words),
      (error) => error instanceof TwinstileError && error.code === 'bad-arguments',
    );
  });
}

for (const [name, words] of [
  ['no images', ['pairs']],
  ['sizes of a gallery that are no numbers', ['identification', '--images', 'x', '--gallery-sizes', '10,x']],
  ['a gallery of nobody', ['identification', '--images', 'x', '--gallery-sizes', '0']],
  ['half a replicate', ['pairs', '--images', 'x', '--replicates', '0.5']],
] as const) {
  test(`does not understand ${name}`, async () => {
    await assert.rejects(
      run(...words),
      (error) => error instanceof Error && 'code' in error && String(error.code).startsWith('commander.'),
    );
  });
}
