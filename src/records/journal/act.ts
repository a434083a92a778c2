/** What an administrator did that changes who may pass, as it is written into the journal. */

import { randomUUID } from 'node:crypto';
import type { PersonId } from '../../base/ids.js';
import type { WallTime } from '../../base/units.js';
import type { Sql, Tables } from '../sql-port.js';
import { appendRow } from './append.js';
import type { JournalRow } from './journal.js';

/** Who did it. None of the values equals an id of a person, so that erasing `ada` does not meet the user `ada`. */
export interface Actor {
  /** "unix:NAME", "operator:ID", "token:ID", or "box" for what the service does by itself. */
  readonly by: string;
  /** The user who called sudo, "unix:NAME"; root can set it. */
  readonly sudo?: string;
  /** The user of the login by the kernel's audit system, which sudo and su do not change. */
  readonly login_uid?: number;
  /** Name of the machine: the office, or the box. */
  readonly office?: string;
}

/** `person`, `badge` and `name` are stored apart and can be deleted; an act never contains templates, keys or pictures. */
export interface Act {
  /** What was done, such as 'person-removed'. */
  readonly act: string;
  readonly person?: PersonId;
  /** Badges that were given or taken back, with spaces between them. */
  readonly badge?: string;
  /** Further facts: counts, names of groups, digests. */
  readonly [fact: string]: unknown;
}

/** What writing an act takes besides the act. */
export interface ActSource {
  readonly actor: Actor;
  readonly now: () => WallTime;
}

/** What the service does without being asked. */
export const THE_BOX: Actor = { by: 'box' };

/**
 * Writes an act into the chain. Everything that changes who may pass calls this in the transaction of the change, so that
 * neither is there without the other. @param subject of the row: by it an act that was written down elsewhere first is known again.
 */
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
