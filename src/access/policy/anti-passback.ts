/** Applies anti-passback: a credential is not handed back over the barrier for a second person. */
import type { Millis, Monotonic, WallTime } from '../../base/units.js';
import type { AccessReason } from './access-reasons.js';
import { type PersonRecord, sideOf, type Way } from './access-record.js';
import { withoutAhead } from './clock-ahead.js';
import type { DayAt } from './schedule.js';

export interface PassbackRules {
  /** Not twice to the same side within this time; absent: off. */
  readonly again?: Millis;
  /** By zone: who is inside cannot come in. `soft` reports, `hard` refuses. */
  readonly zones: 'off' | 'soft' | 'hard';
  /** A person who was last seen before the present day began may be on either side; absent: only an operator resets. */
  readonly day?: DayAt;
}

type PassbackFinding =
  | { readonly finding: 'clear' }
  | { readonly finding: 'refused'; readonly reason: AccessReason }
  /** May pass, but is reported. */
  | { readonly finding: 'reported'; readonly expected: string; readonly known: string };

export function passbackOn(
  record: PersonRecord,
  way: Way,
  { now, at }: { readonly now: Monotonic; readonly at: WallTime },
  rules: PassbackRules,
): PassbackFinding {
  const last = record.passed[sideOf(way)];
  // Fail closed: a time that is no number, or one of before the last start of the machine, keeps the gate shut.
  if (rules.again !== undefined && last !== undefined && !(now - last >= rules.again))
    return { finding: 'refused', reason: 'passback-too-soon' };
  const known = zoneOf(record, at, rules);
  if (rules.zones === 'off' || way.zones === undefined || known === undefined || known === way.zones.from)
    return { finding: 'clear' };
  return rules.zones === 'hard'
    ? { finding: 'refused', reason: 'passback-wrong-side' }
    : { finding: 'reported', expected: way.zones.from, known };
}

/** Where the person is, or nothing when it is not known. */
export function zoneOf(
  { zone }: PersonRecord,
  at: WallTime,
  { day }: Pick<PassbackRules, 'day'>,
): string | undefined {
  if (zone === undefined) return undefined;
  const today = day?.(at);
  // A clock that was set back resets no one.
  return today !== undefined && today > zone.day ? undefined : zone.id;
}

export function withPassage(
  record: PersonRecord,
  way: Way,
  { now, at }: { readonly now: Monotonic; readonly at: WallTime },
  { day }: Pick<PassbackRules, 'day'>,
): PersonRecord {
  const passed = { ...record.passed, [sideOf(way)]: now };
  if (way.zones === undefined) return { ...record, passed };
  return { ...record, passed, zone: { id: way.zones.to, day: day?.(at) ?? '' } };
}

/** The operator has seen where the person is: nothing is held against them. Quotas stay, but not those of a day that has not come. */
export const withoutPassage = ({ counts }: PersonRecord): PersonRecord => ({
  passed: {},
  counts: withoutAhead(counts),
});
