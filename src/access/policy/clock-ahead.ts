/**
 * Limits how long a record that was written while the clock was ahead holds against a person.
 *
 * Such a record names a day that has not come. It counts on the day on which that is first seen, so that a clock that is set
 * back forgives nothing, and is dropped on the next day, so that no one is kept out until the wrong date. A clock that was
 * behind and is set right drops nothing: then the day has come.
 */
import type { WallTime } from '../../base/units.js';
import type { Dated, PersonRecord } from './access-record.js';
import type { Quota } from './quota.js';
import type { DayAt } from './schedule.js';

interface DayRules {
  readonly quotas: readonly Quota[];
  readonly passback: { readonly day?: DayAt };
}

/** @returns the same object where nothing is to be noted or dropped. */
export function settleDays(record: PersonRecord, { quotas, passback }: DayRules, at: WallTime): PersonRecord {
  const zone = record.zone === undefined ? undefined : settleDay(record.zone, passback.day, at);
  let counts = record.counts;
  for (const { id, day } of quotas) {
    const before = counts[id];
    if (before === undefined) continue;
    const after = settleDay(before, day, at);
    if (after === before) continue;
    const { [id]: _, ...others } = counts;
    counts = after === undefined ? others : { ...others, [id]: after };
  }
  if (zone === record.zone && counts === record.counts) return record;
  const { passed } = record;
  return zone === undefined ? { passed, counts } : { zone, passed, counts };
}

function settleDay<T extends Dated>(dated: T, dayAt: DayAt | undefined, at: WallTime): T | undefined {
  const today = dayAt?.(at);
  if (today === undefined) return dated;
  const { aheadSince } = dated;
  if (dated.day <= today) {
    if (aheadSince === undefined) return dated;
    const { aheadSince: _, ...whole } = dated;
    return whole as T;
  }
  if (aheadSince === undefined) return { ...dated, aheadSince: today };
  return today > aheadSince ? undefined : dated;
}

/** Drops what an operator's reset must not leave: counts of a day that has not come. */
export const withoutAhead = (counts: PersonRecord['counts']): PersonRecord['counts'] =>
  Object.fromEntries(Object.entries(counts).filter(([, { aheadSince }]) => aheadSince === undefined));
