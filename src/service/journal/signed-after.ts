/** Signs the journal's newest row after a command that wrote one. */

import { explain } from '../../base/errors.js';
import { systemClock } from '../../platform/system-clock.js';
import type { Tables } from '../../records/sql-port.js';
import type { Config } from '../config/config-schema.js';
import { keepHead } from './keep-head.js';

/**
 * A command that only reads signs and writes nothing.
 * @param seal as in `keepHead`; absent: nothing is signed at all.
 */
export async function signedAfter<T>(
  tables: Pick<Tables, 'read' | 'write'>,
  config: Pick<Config, 'data_dir' | 'site'>,
  work: () => Promise<T>,
  seal: (() => Promise<void>) | undefined,
): Promise<T> {
  const before = await newestSeq(tables);
  const result = await work();
  if (seal === undefined || before === (await newestSeq(tables))) return result;
  // What the command did is done: that it cannot be signed, or that a signed row is gone, is said beside it.
  const fault = await keepHead(tables, config, systemClock.wall(), seal).then(
    ({ lost }) => (lost === undefined ? undefined : `The journal lacks its signed row ${lost.seq}.`),
    explain,
  );
  if (fault !== undefined) process.stderr.write(`twinstile: ${fault} Look with: twinstile journal verify\n`);
  return result;
}

async function newestSeq(tables: Pick<Tables, 'read'>): Promise<number> {
  const row = await tables.read((sql) =>
    sql.one<{ readonly seq: number | null }>('SELECT max(seq) AS seq FROM journal'),
  );
  return row?.seq ?? 0;
}
