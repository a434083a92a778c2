/**
 * Seals rows of the journal from before the personal part was stored apart: they name people in their body, which the chain
 * covers, so that it could not be deleted. They are sealed as new rows are, and the chain is recomputed from the first of
 * them on.
 */

import {
  canonicalJson,
  FIRST_LINK,
  hashOf,
  isSealed,
  type Link,
  PERSONAL_FIELDS,
  splitPersonal,
} from '../journal/chain.js';
import type { Sql } from '../sql-port.js';

type Row = Link & { readonly hash: string; readonly personal: string | null; readonly salt: string | null };

interface Sealed {
  /** Of the first row that was sealed. */
  readonly from: number;
  readonly rows: number;
  /** The newest row before the change, by which an earlier note of it can be explained. */
  readonly head: { readonly seq: number; readonly hash: string };
}

const PAGE = 1000;

/**
 * To be called in a transaction. A chain that is broken from there on is left as it is: recomputed it would look intact.
 * @returns nothing where there are no such rows, or 'broken'.
 */
export async function sealOldRows(sql: Sql): Promise<Sealed | 'broken' | undefined> {
  const from = await firstOldRow(sql);
  if (from === undefined) return undefined;
  const before = await sql.one<{ readonly hash: string }>('SELECT hash FROM journal WHERE seq = ?', from - 1);
  const start = before?.hash ?? FIRST_LINK;
  let link = start;
  let head = { seq: from, hash: start };
  for await (const row of rowsFrom(sql, from)) {
    if (hashOf(link, row) !== row.hash || !isSealed(row)) return 'broken';
    link = row.hash;
    head = { seq: row.seq, hash: row.hash };
  }
  link = start;
  let rows = 0;
  for await (const row of rowsFrom(sql, from)) {
    const next = { ...row, ...sealed(row) };
    if (next.seal !== row.seal) rows += 1;
    link = hashOf(link, next);
    await sql.run(
      'UPDATE journal SET body = ?, personal = ?, salt = ?, seal = ?, hash = ? WHERE seq = ?',
      next.body,
      next.personal,
      next.salt,
      next.seal,
      link,
      next.seq,
    );
  }
  return { from, rows, head };
}

function sealed({ seal, body }: Row): Partial<Row> {
  if (seal !== null) return {};
  const { rest, personal } = splitPersonal(JSON.parse(body));
  if (personal === undefined) return {};
  return { body: canonicalJson(rest), ...personal };
}

async function firstOldRow(sql: Sql): Promise<number | undefined> {
  const names = PERSONAL_FIELDS.map((field) => `json_type(body, '$.${field}') IS NOT NULL`).join(' OR ');
  const row = await sql.one<{ readonly seq: number | null }>(
    `SELECT min(seq) AS seq FROM journal WHERE seal IS NULL AND (${names})`,
  );
  return row?.seq ?? undefined;
}

async function* rowsFrom(sql: Sql, from: number): AsyncGenerator<Row> {
  for (let next = from; ; ) {
    const page = await sql.all<Row>(
      `SELECT seq, kind, subject, at_ms AS at, body, hash, personal, salt, seal FROM journal
        WHERE seq >= ? ORDER BY seq LIMIT ${PAGE}`,
      next,
    );
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    next = last.seq + 1;
  }
}
