/** Is every row of the journal still there, and as it was written? */
import { setImmediate as otherWork } from 'node:timers/promises';
import { FIRST_LINK, hashOf, type Link } from './chain.js';
import type { Database } from './database.js';

type Row = Link & { readonly hash: string };

const PAGE = 1000;

/** @returns the number of the first row that is missing, changed or out of place. */
export async function verifyChain(
  database: Database,
): Promise<{ readonly rows: number; readonly firstBroken?: number }> {
  let rows = 0;
  let previous = FIRST_LINK;
  for (;;) {
    const { page, highest } = await pageAfter(database, rows);
    for (const row of page) {
      const expected = rows + 1;
      if (row.seq !== expected || hashOf(previous, row) !== row.hash) return { rows, firstBroken: expected };
      previous = row.hash;
      rows = expected;
    }
    if (page.length < PAGE) return rows < highest ? { rows, firstBroken: rows + 1 } : { rows };
    await otherWork();
  }
}

/** Both of one moment, so that a row appended meanwhile is not taken for a missing one. */
function pageAfter(
  database: Database,
  after: number,
): Promise<{ readonly page: readonly Row[]; readonly highest: number }> {
  return database.read(async (sql) => ({
    page: await sql.all<Row>(
      'SELECT seq, kind, subject, at_ms AS at, body, hash FROM journal WHERE seq > ? ORDER BY seq LIMIT ?',
      after,
      PAGE,
    ),
    highest:
      (await sql.one<{ readonly seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'journal'"))
        ?.seq ?? 0,
  }));
}
