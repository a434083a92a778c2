import type { WallTime } from '../base/units.js';

/** What keeps the database small, safe and no longer than it may. Each is durable when it resolves. */
export interface Upkeep {
  /** When the newest row of the journal was written, of those of the gates if there are any; absent when there is none. */
  newestRow(): Promise<WallTime | undefined>;
  /** @param now when it is done, for the row that says so. @returns how many rows forgot whom they were about. */
  forgetJournalBefore(at: WallTime, now: WallTime): Promise<number>;
  /** Erases the templates of people whose consent ended before. @returns how many. */
  eraseTemplatesBefore(at: WallTime): Promise<number>;
  /** Badges that were taken away before are unknown from now on. @returns how many. */
  forgetTombstonesBefore(at: WallTime): Promise<number>;
  /** A checked backup, and only the newest `keep` are left. @returns its path. */
  backUp(at: WallTime, keep: number): Promise<string>;
}
