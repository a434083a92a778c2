/** What has been kept long enough goes, without anybody asking for it and without a network. */
import { type WallTime, wallTime } from '../../base/units.js';
import type { Upkeep } from '../upkeep-port.js';

export interface Retention {
  readonly journalDays?: number;
  readonly templatesDays?: number;
  readonly tombstonesDays?: number;
}

export type Retained =
  | { readonly kind: 'done'; readonly rows: number; readonly templates: number; readonly tombstones: number }
  /** The clock may have been thrown forward: what is deleted by mistake does not come back. */
  | { readonly kind: 'put-off'; readonly days: number };

const DAY_MS = 86_400_000;
/** A box that was off for longer waits until something has happened at its gates, which proves the clock. */
const MAX_LEAP_DAYS = 40;

/** @throws TwinstileError of the database. */
export async function retain(upkeep: Upkeep, rules: Retention, now: WallTime): Promise<Retained> {
  const newest = await upkeep.newestRow();
  const leap = newest === undefined ? 0 : (now - newest) / DAY_MS;
  if (!(leap <= MAX_LEAP_DAYS)) return { kind: 'put-off', days: Math.floor(leap) };
  const before = (days: number) => wallTime(now - days * DAY_MS);
  const { journalDays, templatesDays, tombstonesDays } = rules;
  return {
    kind: 'done',
    rows: journalDays === undefined ? 0 : await upkeep.forgetJournalBefore(before(journalDays), now),
    templates: templatesDays === undefined ? 0 : await upkeep.eraseTemplatesBefore(before(templatesDays)),
    tombstones:
      tombstonesDays === undefined ? 0 : await upkeep.forgetTombstonesBefore(before(tombstonesDays)),
  };
}
