/** Stores disputed passages. Each change is a row of the journal, and raises the gallery's version so that lanes load it. */
import { z } from 'zod';
import type { DecisionId, LaneId, PersonId } from '../../base/ids.js';
import { falseMatchRate, type WallTime, wallTime } from '../../base/units.js';
import { type ActSource, recordActIn } from '../journal/act.js';
import type { Sql, Tables } from '../sql-port.js';
import type { Dispute, Remedy } from './dispute.js';

export interface DisputeStore {
  /** Those whose time is not over, oldest first. */
  list(now: WallTime): Promise<readonly Dispute[]>;
  /** Also removes those whose time is over. A dispute of the same claimant about the same decision is replaced. */
  add(dispute: Dispute, source: ActSource, facts?: Readonly<Record<string, unknown>>): Promise<void>;
  /** Removes those whose time is over, so that lanes load what is left. */
  expire(now: WallTime): Promise<void>;
  /** Ends disputes before their time. @returns those that were ended. */
  undo(ids: readonly string[], source: ActSource): Promise<readonly Dispute[]>;
}

/** The decision that a row disputes. */
interface DisputedColumns {
  readonly decision: DecisionId;
  readonly person: PersonId;
  readonly lane: LaneId;
  readonly mode: Dispute['mode'];
  readonly sources: string | null;
  readonly rate: number | null;
}

interface Row extends DisputedColumns {
  readonly id: string;
  readonly leaves_way: number;
  readonly made_by: string;
  readonly at_ms: number;
  readonly until_ms: number;
}

export function openDisputes(tables: Pick<Tables, 'read' | 'write'>): DisputeStore {
  return {
    list: (now) => tables.read((sql) => disputesIn(sql, 'WHERE until_ms > ?', now)),
    add: (dispute, source, facts = {}) =>
      tables.write(async (sql) => {
        await sql.run('DELETE FROM disputes WHERE until_ms <= ?', dispute.at);
        await sql.run(
          'DELETE FROM disputes WHERE decision = ? AND made_by = ?',
          dispute.decision,
          dispute.by,
        );
        await insert(sql, dispute);
        await recordActIn(sql, source, { ...facts, ...factsOf(dispute), act: 'passage-disputed' });
        await sql.run('UPDATE gallery_state SET version = version + 1');
      }),
    async expire(now) {
      const over = await tables.read((sql) => disputesIn(sql, 'WHERE until_ms <= ?', now));
      if (over.length === 0) return;
      await tables.write(async (sql) => {
        await sql.run('DELETE FROM disputes WHERE until_ms <= ?', now);
        await sql.run('UPDATE gallery_state SET version = version + 1');
      });
    },
    undo: (ids, source) =>
      tables.write(async (sql) => {
        const ended = await disputesIn(sql, `WHERE ${sql.among('id')}`, JSON.stringify(ids));
        if (ended.length === 0) return [];
        await sql.run(`DELETE FROM disputes WHERE ${sql.among('id')}`, JSON.stringify(ids));
        for (const dispute of ended)
          await recordActIn(sql, source, { ...factsOf(dispute), act: 'dispute-undone' });
        await sql.run('UPDATE gallery_state SET version = version + 1');
        return ended;
      }),
  };
}

async function disputesIn(sql: Sql, where: string, value: string | number): Promise<readonly Dispute[]> {
  const rows = await sql.all<Row>(`SELECT * FROM disputes ${where} ORDER BY at_ms, id`, value);
  return rows.map(disputeOf);
}

async function insert(sql: Sql, dispute: Dispute): Promise<void> {
  const { id, decision, person, lane, mode, remedy, leavesWay, by, at, until } = dispute;
  await sql.run(
    `INSERT INTO disputes (id, decision, person, lane, mode, sources, rate, leaves_way, made_by, at_ms, until_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    id,
    decision,
    person,
    lane,
    mode,
    remedy.kind === 'set-aside' ? JSON.stringify(remedy.sources) : null,
    remedy.kind === 'bound' ? remedy.rate : null,
    leavesWay ? 1 : 0,
    by,
    Math.round(at),
    Math.round(until),
  );
}

function disputeOf({ leaves_way, made_by, at_ms, until_ms, sources, rate, ...row }: Row): Dispute {
  return {
    ...row,
    remedy: remedyOf(sources, rate),
    leavesWay: leaves_way === 1,
    by: made_by,
    at: wallTime(at_ms),
    until: wallTime(until_ms),
  };
}

const NOTHING_OPENS: Remedy = { kind: 'bound', rate: falseMatchRate(0) };
const shaSums = z.array(z.string());

/** The table's check asks for one of the two. A damaged row opens nothing, and makes no other dispute unreadable. */
function remedyOf(sources: string | null, rate: number | null): Remedy {
  if (sources === null)
    return rate !== null && rate >= 0 && rate <= 1
      ? { kind: 'bound', rate: falseMatchRate(rate) }
      : NOTHING_OPENS;
  try {
    return { kind: 'set-aside', sources: shaSums.parse(JSON.parse(sources)) };
  } catch {
    return NOTHING_OPENS;
  }
}

/** Beyond the calendar in a damaged row. */
const timeOf = (at: WallTime): string | undefined =>
  Math.abs(at) <= 8.64e15 ? new Date(at).toISOString() : undefined;

const factsOf = ({ id, decision, person, lane, remedy, leavesWay, until }: Dispute) => ({
  dispute: id,
  decision,
  person,
  lane,
  templates_set_aside: remedy.kind === 'set-aside' ? remedy.sources.length : undefined,
  rate: remedy.kind === 'bound' ? remedy.rate : undefined,
  waits_for_second: leavesWay ? undefined : true,
  until: timeOf(until),
});
