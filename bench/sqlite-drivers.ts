/**
 * Compares the product's SQLite driver (npm's sqlite3, on a thread pool) with Node's own `node:sqlite` on a worker thread, which
 * needs no compiler: durable writes a second, reads, and how long core's event loop stands still meanwhile.
 *
 *   node --import tsx bench/sqlite-drivers.ts [rounds]
 *
 * The two take turns in one run, so that what else the machine does falls on both; ratios are what counts.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { connect, type SqliteConnection } from '../src/records/sql/sqlite/sqlite-connection.js';
import { connectByNode } from '../test/records/sql/sqlite/node-sqlite-connection.js';

const ROUNDS = Number(process.argv[2] ?? 5);
const WRITES = 300;
const ROWS = 20_000;
const PRAGMAS = 'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;';

const DRIVERS: Readonly<Record<string, (file: string) => Promise<SqliteConnection>>> = {
  sqlite3: connect,
  'node:sqlite': connectByNode,
};

interface Figures {
  /** Transactions of one row, each synced to the disk. */
  readonly writesPerSecond: number;
  readonly rowsPerSecond: number;
  /** The longest time in which core's event loop did nothing else, ms, while writing and while reading. */
  readonly stallWriting: number;
  readonly stallReading: number;
  /** Processor time of all threads, µs for each transaction and ns for each row read: holds on a busy machine too. */
  readonly cpuOfWrite: number;
  readonly cpuOfRow: number;
}

async function measure(open: (file: string) => Promise<SqliteConnection>): Promise<Figures> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sqlite-drivers-'));
  const file = path.join(folder, 'x.db');
  const driver = await open(file);
  const stall = monitorEventLoopDelay({ resolution: 1 });
  const during = async (
    work: () => Promise<void>,
  ): Promise<readonly [seconds: number, stallMs: number, cpuUs: number]> => {
    const before = process.cpuUsage();
    stall.reset();
    stall.enable();
    const begin = performance.now();
    await work();
    const seconds = (performance.now() - begin) / 1000;
    // The delay of a timer that was due while the loop stood still is counted when it runs.
    await new Promise((resolve) => setImmediate(resolve));
    stall.disable();
    const { user, system } = process.cpuUsage(before);
    return [seconds, stall.max / 1e6, user + system];
  };
  try {
    await driver.script(PRAGMAS);
    await driver.script('CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT NOT NULL)');
    const [writing, stallWriting, cpuWriting] = await during(async () => {
      for (let i = 0; i < WRITES; i += 1) {
        await driver.run('BEGIN IMMEDIATE');
        await driver.run('INSERT INTO rows (text) VALUES (?)', `row ${i}`);
        await driver.run('COMMIT');
      }
    });
    await driver.script(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS}) INSERT INTO rows (text) SELECT 'a row of the journal ' || i FROM n`,
    );
    let count = 0;
    const [reading, stallReading, cpuReading] = await during(async () => {
      count = (await driver.all('SELECT * FROM rows')).length;
    });
    if (count !== ROWS + WRITES) throw new Error(`Expected ${ROWS + WRITES} rows, got ${count}.`);
    return {
      writesPerSecond: WRITES / writing,
      rowsPerSecond: count / reading,
      stallWriting,
      stallReading,
      cpuOfWrite: cpuWriting / WRITES,
      cpuOfRow: (cpuReading * 1000) / count,
    };
  } finally {
    await driver.close();
    await rm(folder, { recursive: true });
  }
}

const middle = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

const all = new Map<string, Figures[]>(Object.keys(DRIVERS).map((name) => [name, []]));
for (let round = 0; round < ROUNDS; round += 1)
  for (const [name, open] of Object.entries(DRIVERS)) all.get(name)?.push(await measure(open));
for (const key of [
  'writesPerSecond',
  'rowsPerSecond',
  'stallWriting',
  'stallReading',
  'cpuOfWrite',
  'cpuOfRow',
] as const) {
  const [ours, own] = [...all.values()].map((rounds) => rounds.map((one) => one[key]));
  const ratios = (ours ?? []).map((value, i) => (own?.[i] ?? Number.NaN) / value);
  const text = [...all]
    .map(([name, rounds]) => `${name} ${middle(rounds.map((one) => one[key])).toFixed(1)}`)
    .join(', ');
  process.stdout.write(
    `${key}: ${text}; node:sqlite over sqlite3 ${middle(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}, ${ROUNDS} rounds)\n`,
  );
}
