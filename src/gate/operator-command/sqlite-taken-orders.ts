/** Stores the unsigned commands that were taken, over restarts, as digests of 16 bytes. */
import { createHash } from 'node:crypto';
import type { Tables } from '../../records/sql-port.js';
import type { TakenCommands } from './operator-commands.js';

/** Some 4 MB. A button that is pressed every minute is remembered for ten weeks. */
const MAX_KEPT = 100_000;

/** @param most how many are remembered; the oldest are forgotten first. */
export function openTakenCommands(database: Tables, most = MAX_KEPT): TakenCommands {
  return {
    take: ({ lane, user, transaction, at }) =>
      database.write(async (sql) => {
        const isNew = await sql.run(
          'INSERT INTO taken_orders (digest, at_ms) VALUES (?, ?) ON CONFLICT (digest) DO NOTHING',
          digestOf(lane, user, transaction),
          Math.round(at),
        );
        await sql.run(
          'DELETE FROM taken_orders WHERE number <= (SELECT max(number) FROM taken_orders) - ?',
          most,
        );
        return isNew === 1;
      }),
  };
}

/** Names have no NUL in them. */
const digestOf = (...names: readonly string[]): Buffer =>
  createHash('sha256').update(names.join('\0')).digest().subarray(0, 16);
