/** One connection to PostgreSQL inside of a transaction. */
import type { PoolClient } from 'pg';
import type { Sql, Value } from '../../sql-port.js';

export class PostgresSql implements Sql {
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
