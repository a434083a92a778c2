/**
 * Every property that guards a door, by itself: `npm run properties`, and in its long form with `-- --long`.
 *
 *   --long        as many cases as docs/RELIABILITY.md counts; takes an hour or more
 *   --seed N      the same cases again
 *   --only WORD   files whose path holds the word
 */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { long: { type: 'boolean' }, seed: { type: 'string' }, only: { type: 'string' } },
});
const seed = values.seed;
if (seed !== undefined && !Number.isSafeInteger(Number(seed))) {
  process.stderr.write(`Expected a whole number after --seed, got ${seed}.\n`);
  process.exit(2);
}

const here = fileURLToPath(new URL('.', import.meta.url));
const files = readdirSync(here, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts') && file.includes(values.only ?? ''))
  .map((file) => path.join(here, file))
  .filter((file) => /from '[./]+\/support\/properties\.js'/.test(readFileSync(file, 'utf8')))
  .sort();
if (files.length === 0) {
  process.stderr.write('Expected files with properties, got none.\n');
  process.exit(2);
}

const env = { ...process.env };
if (values.long === true) env.TWINSTILE_PROPERTIES = 'long';
if (seed !== undefined) env.TWINSTILE_PROPERTIES_SEED = seed;
const reporter = ['--test-reporter=spec', '--test-reporter-destination=stdout'];
const tests = spawn(
  process.execPath,
  ['--import', 'tsx', '--test', '--test-concurrency=1', ...reporter, ...files],
  {
    env,
    stdio: 'inherit',
  },
);
tests.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
