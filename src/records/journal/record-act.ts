/**
 * Writes what an administrator did into the chain. Everything that changes who may pass calls this in the transaction of
 * the change, so that neither is there without the other.
 */
import { randomUUID } from 'node:crypto';
import type { Sql, Tables } from '../sql-port.js';
import type { Act, ActSource } from './act.js';
import { appendRow } from './append.js';
import type { JournalRow } from './journal.js';

/** @param subject of the row: by it an act that was written down elsewhere first is known again. */
export function recordActIn(
  sql: Sql,
  { actor, now }: ActSource,
  act: Act,
  subject: string = randomUUID(),
): Promise<JournalRow> {
  return appendRow(sql, { kind: 'act', subject, at: now(), body: { ...act, ...actor } });
}

/** For an act whose effect is not in these tables: a file, another machine. */
export function recordAct(tables: Pick<Tables, 'write'>, source: ActSource, act: Act): Promise<JournalRow> {
  return tables.write((sql) => recordActIn(sql, source, act));
}
