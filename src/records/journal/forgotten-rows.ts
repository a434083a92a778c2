/**
 * Deletes the personal part of journal rows, and accounts for the rows without it. Each deletion (retention, an erasure) appends a row with
 * the number and a digest of all rows deleted from up to then: a row that lost its personal part in any other way makes the
 * two differ. The digest covers the whole set, so that no row reveals which others were about the same person.
 */
import { createHash, type Hash } from 'node:crypto';
import type { BadgeId, PersonId } from '../../base/ids.js';
import type { WallTime } from '../../base/units.js';
import type { Sql } from '../sql-port.js';
import { appendRow } from './append.js';

/** The chain still verifies, because it covers only a salted hash of that part. @returns how many rows it were. */
export function forgetRowsOf(
  sql: Sql,
  people: readonly PersonId[],
  badges: readonly BadgeId[],
): Promise<number> {
  const [person, badge] = [sql.field('personal', 'person'), sql.field('personal', 'badge')];
  return sql.run(
    `UPDATE journal SET personal = NULL, salt = NULL
      WHERE personal IS NOT NULL AND (${sql.among(person)} OR ${sql.among(badge)})`,
    JSON.stringify(people),
    JSON.stringify(badges),
  );
}

export const FORGOT = 'journal-forgot';

/** Numbers of rows, rising, each with a line feed: SHA-256, hexadecimal. */
export class ForgottenRows {
  readonly #hash: Hash = createHash('sha256');
  #count = 0;

  add(seq: number): void {
    this.#hash.update(`${seq}\n`);
    this.#count += 1;
  }

  sum(): { readonly count: number; readonly sha256: string } {
    return { count: this.#count, sha256: this.#hash.copy().digest('hex') };
  }
}

const PAGE = 10_000;

/** To be called in the transaction that forgot. @param rows how many it were this time. */
export async function coverForgotten(
  sql: Sql,
  why: 'retention' | 'erasure' | 'before',
  rows: number,
  at: WallTime,
): Promise<void> {
  const all = new ForgottenRows();
  for (let after = 0; ; ) {
    const page = await sql.all<{ readonly seq: number }>(
      'SELECT seq FROM journal WHERE seal IS NOT NULL AND personal IS NULL AND seq > ? ORDER BY seq LIMIT ?',
      after,
      PAGE,
    );
    for (const { seq } of page) all.add(seq);
    after = page.at(-1)?.seq ?? after;
    if (page.length < PAGE) break;
  }
  const { count, sha256 } = all.sum();
  await appendRow(sql, {
    kind: 'notice',
    subject: sha256,
    at,
    body: { notice: FORGOT, why, rows, forgotten: count },
  });
}
