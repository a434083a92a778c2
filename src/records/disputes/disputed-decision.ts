/** Finds the decision that is disputed in the journal. */
import { type DecisionId, type LaneId, laneId, type PersonId, personId } from '../../base/ids.js';
import { type FalseMatchRate, falseMatchRate } from '../../base/units.js';
import { journalRowOf, ROW_COLUMNS, type StoredRow } from '../journal/append.js';
import type { Tables } from '../sql-port.js';

/** A grant to one person by their face. */
export interface DisputedDecision {
  readonly id: DecisionId;
  readonly lane: LaneId;
  readonly person: PersonId;
  readonly mode: 'identification' | 'verification';
  /** The highest among the looks that agreed. */
  readonly fmr: FalseMatchRate;
}

/** Of the newest rows only: there is no index, and the lanes' decisions wait for the same database. */
const NEWEST = 20_000;

/** Returns undefined for what is no grant by a face, or too old. */
export async function disputedDecision(
  tables: Pick<Tables, 'survey'>,
  id: DecisionId,
): Promise<DisputedDecision | undefined> {
  const row = await tables.survey((sql) =>
    sql.one<StoredRow>(
      `SELECT ${ROW_COLUMNS} FROM journal
        WHERE seq > (SELECT coalesce(max(seq), 0) FROM journal) - ? AND kind = 'decision' AND subject = ?`,
      NEWEST,
      id,
    ),
  );
  if (row === undefined) return undefined;
  const { verdict, reason, mode, lane, person, fmr } = journalRowOf(row).body;
  const isByFace = reason === 'face-identified' || reason === 'face-verified';
  if (verdict !== 'granted' || !isByFace || (mode !== 'identification' && mode !== 'verification'))
    return undefined;
  if (typeof lane !== 'string' || typeof person !== 'string' || typeof fmr !== 'number') return undefined;
  return { id, lane: laneId(lane), person: personId(person), mode, fmr: falseMatchRate(fmr) };
}
