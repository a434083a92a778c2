/** Limits how often a person may pass in a day. */
import type { LaneId } from '../../base/ids.js';
import type { WallTime } from '../../base/units.js';
import type { PersonRecord } from './access-record.js';
import type { DayAt } from './schedule.js';

export interface Quota {
  readonly id: string;
  readonly groups: ReadonlySet<string> | 'everyone';
  readonly lanes: ReadonlySet<LaneId> | 'all';
  /** 1 or more. */
  readonly perDay: number;
  readonly day: DayAt;
}

export const quotasOn = (
  quotas: readonly Quota[],
  groups: ReadonlySet<string>,
  lane: LaneId,
): readonly Quota[] =>
  quotas.filter(
    (quota) =>
      (quota.lanes === 'all' || quota.lanes.has(lane)) &&
      (quota.groups === 'everyone' || [...quota.groups].some((group) => groups.has(group))),
  );

/** Passages counted so far today. A clock that was set back forgives nothing. */
function countOn({ counts }: PersonRecord, { id }: Quota, today: string): number {
  const own = counts[id];
  return own !== undefined && own.day >= today ? own.count : 0;
}

export function isUsedUp(record: PersonRecord, quota: Quota, at: WallTime): boolean {
  const today = quota.day(at);
  return today === undefined || !(countOn(record, quota, today) < quota.perDay);
}

export function withCount(record: PersonRecord, quota: Quota, at: WallTime): PersonRecord {
  const today = quota.day(at);
  if (today === undefined) return record;
  const before = record.counts[quota.id];
  const count = countOn(record, quota, today) + 1;
  const next = before !== undefined && before.day > today ? { ...before, count } : { day: today, count };
  return { ...record, counts: { ...record.counts, [quota.id]: next } };
}
