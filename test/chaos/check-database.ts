/** Is the file whole, its state a legal one, and everything in it that was called durable? */

import { openDatabase } from '../../src/records/sql/sqlite/sqlite-database.js';
import { openJournal } from '../../src/records/sql/sqlite/sqlite-journal.js';

/** @param durable rows of the journal that were acknowledged. */
export async function faultsOf(
  file: string,
  durable: readonly { readonly seq: number; readonly hash: string }[],
): Promise<readonly string[]> {
  const database = await openDatabase(file);
  try {
    const checks = await database.read((sql) =>
      sql.all<{ readonly integrity_check: string }>('PRAGMA integrity_check'),
    );
    const faults = checks.map((row) => row.integrity_check).filter((said) => said !== 'ok');
    const journal = openJournal(database);
    const { firstBroken } = await journal.verify();
    if (firstBroken !== undefined) faults.push(`journal row ${firstBroken} is broken`);
    const [first] = durable;
    if (first === undefined) return faults;
    const there = new Map((await journal.walk(first.seq - 1, 1_000_000)).map(({ seq, hash }) => [seq, hash]));
    const lost = durable.filter(({ seq, hash }) => there.get(seq) !== hash);
    if (lost.length > 0)
      faults.push(`${lost.length} acknowledged rows are gone, the first is ${lost[0]?.seq}`);
    return faults;
  } finally {
    await database.close();
  }
}
