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
import { Worker } from 'node:worker_threads';
import { connect } from '../src/records/sql/sqlite/sqlite-connection.js';

const ROUNDS = Number(process.argv[2] ?? 5);
const WRITES = 300;
const ROWS = 20_000;
const PRAGMAS = 'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;';

interface Driver {
  run(sql: string, ...values: readonly (string | number)[]): Promise<unknown>;
  all(sql: string): Promise<readonly unknown[]>;
  script(sql: string): Promise<void>;
  close(): Promise<void>;
}

/** One message for each call, as an adapter of the port would do it. */
const WORKER = `
const { parentPort, workerData } = require('node:worker_threads');
const { DatabaseSync } = require('node:sqlite');
const database = new DatabaseSync(workerData);
const known = new Map();
const prepared = (sql) => known.get(sql) ?? known.set(sql, database.prepare(sql)).get(sql);
parentPort.on('message', ({ id, kind, sql, values }) => {
  try {
    const result = kind === 'script' ? database.exec(sql) : kind === 'all' ? prepared(sql).all(...values) : prepared(sql).run(...values).changes;
    parentPort.postMessage({ id, result });
  } catch (error) {
    parentPort.postMessage({ id, error: error.message });
  }
});
`;

async function nodeSqlite(file: string): Promise<Driver> {
  const worker = new Worker(WORKER, { eval: true, workerData: file });
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  let last = 0;
  worker.on('message', ({ id, result, error }) => {
    const one = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) one?.resolve(result as never);
    else one?.reject(new Error(error));
  });
  const ask = <T>(kind: string, sql: string, values: readonly unknown[] = []): Promise<T> =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, { resolve, reject });
      worker.postMessage({ id: last, kind, sql, values });
    });
  return {
    run: (sql, ...values) => ask('run', sql, values),
    all: (sql) => ask('all', sql),
    script: (sql) => ask('script', sql),
    close: async () => void (await worker.terminate()),
  };
}

const DRIVERS: Readonly<Record<string, (file: string) => Promise<Driver>>> = {
  sqlite3: connect,
  'node:sqlite': nodeSqlite,
};

interface Figures {
  /** Transactions of one row, each synced to the disk. */
  readonly writesPerSecond: number;
  readonly rowsPerSecond: number;
  /** The longest time in which core's event loop did nothing else, ms, while writing and while reading. */
  readonly stallWriting: number;
  readonly stallReading: number;
}

async function measure(open: (file: string) => Promise<Driver>): Promise<Figures> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sqlite-drivers-'));
  const file = path.join(folder, 'x.db');
  const driver = await open(file);
  const stall = monitorEventLoopDelay({ resolution: 1 });
  const during = async (work: () => Promise<void>): Promise<readonly [seconds: number, stallMs: number]> => {
    stall.reset();
    stall.enable();
    const begin = performance.now();
    await work();
    const seconds = (performance.now() - begin) / 1000;
    // The delay of a timer that was due while the loop stood still is counted when it runs.
    await new Promise((resolve) => setImmediate(resolve));
    stall.disable();
    return [seconds, stall.max / 1e6];
  };
  try {
    await driver.script(PRAGMAS);
    await driver.script('CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT NOT NULL)');
    const [writing, stallWriting] = await during(async () => {
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
    const [reading, stallReading] = await during(async () => {
      count = (await driver.all('SELECT * FROM rows')).length;
    });
    if (count !== ROWS + WRITES) throw new Error(`Expected ${ROWS + WRITES} rows, got ${count}.`);
    return {
      writesPerSecond: WRITES / writing,
      rowsPerSecond: count / reading,
      stallWriting,
      stallReading,
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
for (const key of ['writesPerSecond', 'rowsPerSecond', 'stallWriting', 'stallReading'] as const) {
  const [ours, own] = [...all.values()].map((rounds) => rounds.map((one) => one[key]));
  const ratios = (ours ?? []).map((value, i) => (own?.[i] ?? Number.NaN) / value);
  const text = [...all]
    .map(([name, rounds]) => `${name} ${middle(rounds.map((one) => one[key])).toFixed(1)}`)
    .join(', ');
  process.stdout.write(
    `${key}: ${text}; node:sqlite over sqlite3 ${middle(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}, ${ROUNDS} rounds)\n`,
  );
}
