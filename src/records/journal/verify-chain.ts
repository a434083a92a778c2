/** Verifies that every row of the journal exists and is unchanged. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Tables } from '../sql-port.js';
import { FIRST_LINK, hashOf, isSealed, type Link } from './chain.js';
import { FORGOT, ForgottenRows } from './forgotten-rows.js';
import type { ChainHead, ChainVerdict } from './journal.js';

type Row = Link & { readonly hash: string; readonly personal: string | null; readonly salt: string | null };

const PAGE = 1000;
/** Something may be forgotten while it is read: then it is read again. */
const MAX_PASSES = 3;

/** @param heads that were signed: rows that must be in the chain. */
export async function verifyChain(
  database: Pick<Tables, 'read'>,
  heads: readonly ChainHead[] = [],
): Promise<ChainVerdict> {
  for (let pass = 1; ; pass += 1) {
    const walk = new ChainWalk(heads);
    const verdict = await walked(database, walk);
    if (verdict.uncovered === undefined || !walk.changedMeanwhile || pass === MAX_PASSES) return verdict;
  }
}

async function walked(database: Pick<Tables, 'read'>, walk: ChainWalk): Promise<ChainVerdict> {
  for (;;) {
    const { page, highest } = await pageAfter(database, walk.rows);
    walk.begin(highest);
    for (const row of page) if (!walk.take(row)) return walk.verdict(walk.rows + 1);
    if (page.length < PAGE) return walk.verdict(walk.rows < highest ? walk.rows + 1 : undefined);
    await nextTurn();
  }
}

class ChainWalk {
  rows = 0;
  readonly #heads: Map<number, ChainHead[]>;
  readonly #restored: string[] = [];
  readonly #forgotten = new ForgottenRows();
  #previous = FIRST_LINK;
  #begun: number | undefined;
  #cover: { readonly seq: number; readonly count: number; readonly sha256: string } | undefined;

  constructor(heads: readonly ChainHead[]) {
    this.#heads = new Map();
    for (const head of heads) this.#heads.set(head.seq, [...(this.#heads.get(head.seq) ?? []), head]);
  }

  begin(highest: number): void {
    this.#begun ??= highest;
  }

  get changedMeanwhile(): boolean {
    return (this.#cover?.seq ?? 0) > (this.#begun ?? 0);
  }

  /** @returns whether it is the next one, and as it was written. */
  take(row: Row): boolean {
    if (row.seq !== this.rows + 1 || hashOf(this.#previous, row) !== row.hash || !isSealed(row)) return false;
    if (row.seal !== null && row.personal === null) this.#forgotten.add(row.seq);
    if (row.kind === 'notice' && row.body.includes(FORGOT)) this.#readCover(row);
    if (row.kind === 'act' && row.body.includes('"database-restored"')) this.#readRestored(row);
    const left = this.#heads.get(row.seq)?.filter(({ hash }) => hash !== row.hash);
    if (left?.length === 0) this.#heads.delete(row.seq);
    else if (left !== undefined) this.#heads.set(row.seq, left);
    this.#previous = row.hash;
    this.rows = row.seq;
    return true;
  }

  verdict(firstBroken: number | undefined): ChainVerdict {
    const { count, sha256 } = this.#forgotten.sum();
    const covered = this.#cover ?? new ForgottenRows().sum();
    const isCovered = covered.count === count && covered.sha256 === sha256;
    const lost = [...this.#heads.values()].flat();
    return {
      rows: this.rows,
      firstBroken,
      forgotten: count > 0 ? count : undefined,
      // Of a chain that breaks off it is not known what comes after.
      uncovered:
        firstBroken === undefined && !isCovered ? Math.max(1, Math.abs(count - covered.count)) : undefined,
      lostHeads: lost.length > 0 ? lost : undefined,
      restored: this.#restored.length > 0 ? this.#restored : undefined,
    };
  }

  #readCover({ seq, subject, body }: Row): void {
    const fields = JSON.parse(body);
    if (fields.notice === FORGOT) this.#cover = { seq, count: Number(fields.forgotten), sha256: subject };
  }

  #readRestored({ body }: Row): void {
    const fields = JSON.parse(body);
    if (fields.act === 'database-restored' && typeof fields.lost_hash === 'string')
      this.#restored.push(fields.lost_hash);
  }
}

/** Reads both in one transaction, so that a row appended meanwhile does not count as missing. */
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
