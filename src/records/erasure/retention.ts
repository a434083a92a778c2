/** Deletes what has reached the end of its retention, without a command and without a network. */
import { type WallTime, wallTime } from '../../base/units.js';

/** What keeps the database small, safe and no longer than it may. Each is durable when it resolves. */
export interface Upkeep {
  /** When the newest row of the journal was written, of those of the gates if there are any; absent when there is none. */
  newestRow(): Promise<WallTime | undefined>;
  /** @param now time of the row that records it. @returns how many rows lost their personal part. */
  forgetJournalBefore(at: WallTime, now: WallTime): Promise<number>;
  /** Erases the templates of people whose consent ended before. @returns how many. */
  eraseTemplatesBefore(at: WallTime): Promise<number>;
  /** Badges that were taken away before are unknown from now on. @returns how many. */
  forgetTombstonesBefore(at: WallTime): Promise<number>;
  /** A checked backup, and only the newest `keep` are left. @returns its path. */
  backUp(at: WallTime, keep: number): Promise<string>;
}

export interface Retention {
  readonly journalDays?: number;
  readonly templatesDays?: number;
  readonly tombstonesDays?: number;
}

type Retained =
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
