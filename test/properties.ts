/**
 * Every property that guards a door, by itself: `npm run properties`, and in its long form with `-- --long`.
 *
 *   --long        as many cases as docs/RELIABILITY.md counts; takes an hour or more
 *   --runs N      as many cases of each property
 *   --seed N      the same cases again
 *   --only WORD   files whose path holds the word
 */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    long: { type: 'boolean' },
    runs: { type: 'string' },
    seed: { type: 'string' },
    only: { type: 'string' },
  },
});
const { seed, runs } = values;
for (const [option, value] of Object.entries({ seed, runs })) {
  if (value === undefined || /^\d{1,10}$/.test(value)) continue;
  process.stderr.write(`Expected a whole number after --${option}, got ${value}.\n`);
  process.exit(2);
}

/** By itself, or in a contract of test/contracts that it runs. */
function hasProperties(file: string): boolean {
  const text = readFileSync(file, 'utf8');
  if (/from '[./]+\/support\/properties\.js'/.test(text)) return true;
  const contracts = [...text.matchAll(/Contract\b[^;]* from '([./]+\/contracts\/[^']+)\.js'/g)];
  return contracts.some(([, contract]) => hasProperties(path.join(path.dirname(file), `${contract}.ts`)));
}

const here = fileURLToPath(new URL('.', import.meta.url));
const files = readdirSync(here, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts') && file.includes(values.only ?? ''))
  .map((file) => path.join(here, file))
  .filter(hasProperties)
  .sort();
if (files.length === 0) {
  process.stderr.write('Expected files with properties, got none.\n');
  process.exit(2);
}

const env = { ...process.env };
if (values.long === true) env.TWINSTILE_PROPERTIES = 'long';
if (runs !== undefined) env.TWINSTILE_PROPERTIES_RUNS = runs;
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
