/** The database of people where several offices enroll. */
import type { Pool, PoolClient } from 'pg';
import { TwinstileError } from '../../../base/errors.js';
import type { Sql, Tables, Value } from '../../sql-port.js';
import { migratePostgres } from './migrate-postgres.js';
import { postgresError } from './postgres-error.js';
import { addressWithoutLogin, guardedClient, type PostgresAddress, tlsOf } from './postgres-login.js';

export interface PostgresDatabase extends Tables {
  /** Rewrites the tables, so that no page of them keeps erased data. @returns false when another connection holds them. */
  rebuild(): Promise<boolean>;
  /** Lets work under way end first. */
  close(): Promise<void>;
}

/** Enough for an import that looks up photographs while it writes; offices share the server's. */
const CONNECTIONS = 4;
const CONNECT_WITHIN_MS = 10_000;
/** Longer than the server's own limits below: only a network that swallows everything lasts so long. */
const ANSWER_WITHIN_MS = 150_000;

/** Another office holds the lock for one batch at most, which takes well under a second. */
const LIMITS = `
  SET LOCAL search_path = twinstile;
  SET LOCAL lock_timeout = '15s';
  SET LOCAL statement_timeout = '120s';
  SET LOCAL idle_in_transaction_session_timeout = '60s';
`;
const READ = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ${LIMITS}`;
/** A publish reads one state of the tables while it writes to a disk that may be slow; it holds no lock that others wait for. */
const SURVEY = `${READ} SET LOCAL idle_in_transaction_session_timeout = '15min';`;
const PREPARE = `BEGIN; ${LIMITS}`;
/** One office writes after the other: who holds which badge is then never a guess. */
const WRITE = `BEGIN ISOLATION LEVEL READ COMMITTED; ${LIMITS} SET LOCAL synchronous_commit = on; SELECT 1 FROM gallery_state FOR UPDATE;`;

const INT8 = 20;

/**
 * Connects, and brings the database to this version's tables. The driver is loaded here and nowhere else: a box at a gate
 * never does.
 * @throws TwinstileError 'gallery-unusable'; no message and no cause of it holds the password.
 */
export async function openPostgres(address: PostgresAddress): Promise<PostgresDatabase> {
  const { default: pg } = await import('pg');
  const { host, port, database, user, password } = address;
  const pool = new pg.Pool({
    host,
    port,
    database,
    user,
    password,
    ssl: tlsOf(address),
    enableChannelBinding: address.encryption !== 'disable',
    Client: guardedClient(pg.Client, address),
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    query_timeout: ANSWER_WITHIN_MS,
    keepAlive: true,
    application_name: 'twinstile',
    types: {
      // Times in ms and counts: all of them are exact in a number.
      getTypeParser: (oid, format) => (oid === INT8 ? Number : pg.types.getTypeParser(oid, format)),
    },
  });
  // An idle connection broke: the pool has dropped it, and opens a new one on demand.
  pool.on('error', () => {});
  const opened = new PooledDatabase(pool, addressWithoutLogin(address));
  try {
    await opened.prepare();
    return opened;
  } catch (error) {
    await opened.close();
    throw error;
  }
}

class PooledDatabase implements PostgresDatabase {
  readonly #pool: Pool;
  readonly #place: string;
  #closing: Promise<void> | undefined;

  constructor(pool: Pool, place: string) {
    this.#pool = pool;
    this.#place = place;
  }

  prepare(): Promise<void> {
    return this.#transaction(PREPARE, (client) =>
      migratePostgres(async (sql) => (await client.query(sql)).rows, this.#place),
    );
  }

  read<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#transaction(READ, (client) => work(new PostgresSql(client)));
  }

  survey<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#transaction(SURVEY, (client) => work(new PostgresSql(client)));
  }

  write<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#transaction(WRITE, (client) => work(new PostgresSql(client)));
  }

  /** The server's write-ahead log is out of reach here: its operator keeps and removes it. */
  async scrub(): Promise<boolean> {
    return true;
  }

  async rebuild(): Promise<boolean> {
    const tables = ['people', 'badges', 'templates', 'revoked', 'changed_people', 'journal'];
    try {
      await this.#withClient(async (client) => {
        await client.query(`SET lock_timeout = '15s'`);
        for (const table of tables) await client.query(`VACUUM (FULL) twinstile.${table}`);
        await client.query('RESET lock_timeout');
      });
      return true;
    } catch (error) {
      // A reader holds a lock: a result. Anything else is a failure.
      if (error instanceof TwinstileError && isCode(error.cause, '55P03')) return false;
      throw error;
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#pool.end();
    return this.#closing;
  }

  #transaction<T>(begin: string, work: (client: PoolClient) => Promise<T>): Promise<T> {
    return this.#withClient(async (client) => {
      try {
        await client.query(begin);
        const result = await work(client);
        const { command } = await client.query('COMMIT');
        // A transaction in which something failed is not committed, and the server does not call that an error.
        if (command !== 'COMMIT') throw new Error(`the end of a transaction was ${command}`);
        return result;
      } catch (error) {
        // The first failure is the one to report.
        await client.query('ROLLBACK').catch(() => {});
        throw error;
      }
    });
  }

  async #withClient<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    if (this.#closing !== undefined)
      throw new TwinstileError({ code: 'stopped', message: 'Expected an open database, got a closed one.' });
    let broken = false;
    try {
      const client = await this.#pool.connect();
      const onError = (): void => {
        broken = true;
      };
      // Reported by the query in progress, or by the next one.
      client.on('error', onError);
      try {
        return await work(client);
      } catch (error) {
        broken ||= !isCode(error);
        throw error;
      } finally {
        client.off('error', onError);
        client.release(broken);
      }
    } catch (error) {
      throw postgresError(this.#place, error);
    }
  }
}

/** Whether the server itself (so that the connection is intact) or this program raised the error. */
function isCode(error: unknown, code?: string): boolean {
  if (error instanceof TwinstileError) return true;
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false;
  return code === undefined ? /^(?!08|57P)[0-9A-Z]{5}$/.test(error.code) : error.code === code;
}

class PostgresSql implements Sql {
  readonly #client: PoolClient;

  constructor(client: PoolClient) {
    this.#client = client;
  }

  async run(sql: string, ...values: readonly Value[]): Promise<number> {
    return (await this.#client.query(numbered(sql), [...values])).rowCount ?? 0;
  }

  async all<Row>(sql: string, ...values: readonly Value[]): Promise<readonly Row[]> {
    return (await this.#client.query(numbered(sql), [...values])).rows;
  }

  async one<Row>(sql: string, ...values: readonly Value[]): Promise<Row | undefined> {
    return (await this.all<Row>(sql, ...values))[0];
  }

  among(column: string): string {
    return `${column} = ANY (ARRAY(SELECT json_array_elements_text(CAST(? AS json))))`;
  }

  field(column: string, name: string): string {
    return `(CAST(${column} AS json) ->> '${name}')`;
  }
}

/** `$1`, `$2`… in the places of `?`; the texts are constants of this program, and none holds a question mark of its own. */
export function numbered(sql: string): string {
  let count = 0;
  return sql.replaceAll('?', () => {
    count += 1;
    return `$${count}`;
  });
}
