/** Is every row of the journal still there, and as it was written? */
import { setImmediate as otherWork } from 'node:timers/promises';
import type { Tables } from '../../ports/tables.js';
import { FIRST_LINK, hashOf, type Link } from './chain.js';
import { isSealed } from './personal.js';

type Row = Link & { readonly hash: string; readonly personal: string | null; readonly salt: string | null };

const PAGE = 1000;

/** @returns the number of the first row that is missing, changed or out of place. */
export async function verifyChain(
  database: Pick<Tables, 'read'>,
): Promise<{ readonly rows: number; readonly firstBroken?: number; readonly forgotten?: number }> {
  let rows = 0;
  let forgotten = 0;
  let previous = FIRST_LINK;
  for (;;) {
    const { page, highest } = await pageAfter(database, rows);
    for (const row of page) {
      const expected = rows + 1;
      if (row.seq !== expected || hashOf(previous, row) !== row.hash || !isSealed(row))
        return { rows, firstBroken: expected };
      if (row.seal !== null && row.personal === null) forgotten += 1;
      previous = row.hash;
      rows = expected;
    }
    if (page.length < PAGE) {
      const about = forgotten === 0 ? {} : { forgotten };
      return rows < highest ? { rows, firstBroken: rows + 1, ...about } : { rows, ...about };
    }
    await otherWork();
  }
}

/** Both of one moment, so that a row appended meanwhile is not taken for a missing one. */
function pageAfter(
  database: Pick<Tables, 'read'>,
  after: number,
): Promise<{ readonly page: readonly Row[]; readonly highest: number }> {
  return database.read(async (sql) => ({
    page: await sql.all<Row>(
      `SELECT seq, kind, subject, at_ms AS at, body, hash, personal, salt, seal FROM journal
        WHERE seq > ? ORDER BY seq LIMIT ?`,
      after,
      PAGE,
    ),
    highest: (await sql.one<{ readonly seq: number | null }>('SELECT seq FROM journal_last'))?.seq ?? 0,
  }));
}
