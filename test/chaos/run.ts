/** `npm run chaos -- [--long] [--trials N] [row …]`: breaks the product in every way we know, and says what it did. */
import { explain } from '../../src/base/errors.js';
import { atMost, type Finding, type Row } from './row.js';
import { ROWS } from './rows.js';
import { tryRow } from './try-row.js';

const args = process.argv.slice(2);
const isLong = args.includes('--long');
const trialsAt = args.indexOf('--trials');
const trials = trialsAt === -1 ? undefined : Number(args[trialsAt + 1]);
const wanted = args.filter(
  (arg, place) => !arg.startsWith('--') && (trialsAt === -1 || place !== trialsAt + 1),
);
const unknown = wanted.filter((name) => !ROWS.some((row) => row.name === name));
if (unknown.length > 0 || (trials !== undefined && !(trials >= 1))) {
  process.stderr.write(
    `No such row: ${unknown.join(', ')}. There are: ${ROWS.map(({ name }) => name).join(', ')}\n`,
  );
  process.exit(2);
}

const say = (line: string) => process.stdout.write(`${line}\n`);
let failed = 0;
const columns = (name: string, n: string, failures: string, seconds: string, rest: string) =>
  `${name.padEnd(20)} ${n.padStart(9)} ${failures.padStart(8)} ${seconds.padStart(7)}  ${rest}`;

say(columns('row', 'n', 'failures', 'seconds', 'what n shows'));
for (const row of ROWS.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  const start = performance.now();
  const finding = await tried(row);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  if ('skipped' in finding) {
    say(columns(row.name, '-', '-', seconds, `skipped: ${finding.skipped}`));
    continue;
  }
  const { n, failures, note } = finding;
  if (failures.length > 0 || n < 1) failed += 1;
  const shows =
    failures.length > 0 ? row.claim : `fails in at most 1 of ${Math.floor(1 / atMost(n)) || 1} (95 %)`;
  say(
    columns(
      row.name,
      `${n}`,
      `${failures.length}`,
      seconds,
      note === undefined ? shows : `${shows}; ${note}`,
    ),
  );
  for (const failure of failures.slice(0, 10)) say(`  ${failure}`);
}
process.exit(failed === 0 ? 0 : 1);

async function tried(row: Row): Promise<Finding> {
  try {
    return await tryRow(row, trials ?? (isLong ? row.long : row.short));
  } catch (error) {
    // A row that breaks has shown nothing, which counts as a failure; the others are still worth trying.
    return { n: 1, failures: [error instanceof Error ? (error.stack ?? error.message) : explain(error)] };
  }
}
