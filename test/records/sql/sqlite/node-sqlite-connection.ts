/**
 * A connection over Node's own `node:sqlite`, on a worker thread: one message for each call.
 *
 * A second driver behind the same contract, for comparison (bench/sqlite-drivers.ts): it needs no compiler, and is not what the product uses.
 */
import { Worker } from 'node:worker_threads';
import { type SqliteConnection, storageError } from '../../../../src/records/sql/sqlite/sqlite-connection.js';
import type { Value } from '../../../../src/records/sql-port.js';

/** Plain JavaScript: a worker thread has no loader for TypeScript. */
const WORKER = `
const { parentPort, workerData } = require('node:worker_threads');
const { DatabaseSync } = require('node:sqlite');
let database;
const prepared = new Map();
const statement = (sql) => {
  if (!prepared.has(sql)) prepared.set(sql, database.prepare(sql));
  return prepared.get(sql);
};
const does = {
  open: () => { database = new DatabaseSync(workerData); },
  run: (sql, values) => Number(statement(sql).run(...values).changes),
  all: (sql, values) => statement(sql).all(...values),
  script: (sql) => database.exec(sql),
  close: () => { prepared.clear(); database?.close(); },
};
parentPort.on('message', ({ id, kind, sql, values = [] }) => {
  try {
    parentPort.postMessage({ id, result: does[kind](sql, values) });
  } catch (error) {
    parentPort.postMessage({ id, fault: { message: error.message, errcode: error.errcode } });
  }
  if (kind === 'close') parentPort.close();
});
`;

/** Primary result codes (sqlite.org/rescode.html) by the names that the product's driver gives them. */
const CODES: Readonly<Record<number, string>> = {
  5: 'SQLITE_BUSY',
  8: 'SQLITE_READONLY',
  10: 'SQLITE_IOERR',
  11: 'SQLITE_CORRUPT',
  13: 'SQLITE_FULL',
  14: 'SQLITE_CANTOPEN',
  19: 'SQLITE_CONSTRAINT',
  26: 'SQLITE_NOTADB',
};

interface Fault {
  readonly message: string;
  readonly errcode?: number;
}
interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly fault?: Fault;
}
type Kind = 'open' | 'run' | 'all' | 'script' | 'close';

class WorkerConnection implements SqliteConnection {
  readonly #worker: Worker;
  readonly #file: string;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #last = 0;

  constructor(file: string) {
    this.#file = file;
    this.#worker = new Worker(WORKER, { eval: true, workerData: file });
    this.#worker.on('message', (answer: Answer) => {
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
  }

  open = (): Promise<unknown> => this.#ask('open');
  run = async (sql: string, ...values: readonly Value[]) => Number(await this.#ask('run', sql, values));
  all = async <Row>(sql: string, ...values: readonly Value[]) =>
    (await this.#ask('all', sql, values)) as readonly Row[];
  one = async <Row>(sql: string, ...values: readonly Value[]) => (await this.all<Row>(sql, ...values))[0];
  among = (column: string): string => `${column} IN (SELECT value FROM json_each(?))`;
  field = (column: string, name: string): string => `json_extract(${column}, '$.${name}')`;
  script = async (sql: string): Promise<void> => void (await this.#ask('script', sql));
  close = async (): Promise<void> => void (await this.#ask('close'));

  #ask(kind: Kind, sql?: string, values?: readonly Value[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#last += 1;
      this.#waiting.set(this.#last, ({ result, fault }) =>
        fault === undefined ? resolve(result) : reject(faultOf(this.#file, fault)),
      );
      this.#worker.postMessage({ id: this.#last, kind, sql, values });
    });
  }
}

const faultOf = (file: string, { message, errcode = 0 }: Fault): Error =>
  storageError(file, Object.assign(new Error(message), { code: CODES[errcode & 0xff] ?? 'SQLITE_ERROR' }));

/** @param file a path whose file exists, or ':memory:'. @throws TwinstileError 'gallery-unusable'. */
export async function connectByNode(file: string): Promise<SqliteConnection> {
  const connection = new WorkerConnection(file);
  try {
    await connection.open();
  } catch (error) {
    await connection.close();
    throw error;
  }
  return connection;
}
