/**
 * Follows the journal and the state of the lanes for clients of core's socket. Rows are read from the journal itself, in its
 * order: a client that was away goes on after the last row that it has.
 */
import { pause } from '../../base/delay.js';
import { millis } from '../../base/units.js';
import type { Journal, JournalRow } from '../../records/journal/journal.js';

/** What a follower receives. */
export type FeedItem =
  | { readonly kind: 'rows'; readonly rows: readonly JournalRow[] }
  /** As it is published, docs/PROTOCOL.md. */
  | { readonly kind: 'state'; readonly lane: string; readonly state: Readonly<Record<string, unknown>> };

export interface SiteFeed {
  /** Takes in the state of a lane, as it is published. */
  stateIs(lane: string, state: Readonly<Record<string, unknown>>): void;
  /** Something happened that has a row. */
  wake(): void;
  /**
   * Sends the states of all lanes, then each new one and each new row, until the signal aborts. Rejects when the journal cannot
   * be read.
   * @param after number of the last row that the follower has; absent: only what is new.
   */
  follow(after: number | undefined, send: (item: FeedItem) => void, signal: AbortSignal): Promise<void>;
}

/** Rows of administrators come without an event; a screen may be this much late with them. */
const POLL = millis(1000);
const PAGE = 50;

export function createSiteFeed(journal: Pick<Journal, 'walk' | 'list'>): SiteFeed {
  const states = new Map<string, Readonly<Record<string, unknown>>>();
  const followers = new Set<{
    readonly send: (item: FeedItem) => void;
    wake: () => void;
  }>();
  return {
    stateIs(lane, state) {
      states.set(lane, state);
      for (const { send } of followers) send({ kind: 'state', lane, state });
    },
    wake() {
      for (const follower of followers) follower.wake();
    },
    async follow(after, send, signal) {
      const follower = { send, wake: () => {} };
      followers.add(follower);
      try {
        for (const [lane, state] of states) send({ kind: 'state', lane, state });
        let last = after ?? (await journal.list({ limit: 1 }))[0]?.seq ?? 0;
        while (!signal.aborted) {
          const woken = new AbortController();
          follower.wake = () => woken.abort();
          const rows = await journal.walk(last, PAGE);
          last = rows.at(-1)?.seq ?? last;
          if (rows.length > 0) send({ kind: 'rows', rows });
          if (rows.length < PAGE) await pause(POLL, AbortSignal.any([signal, woken.signal]));
        }
      } finally {
        followers.delete(follower);
      }
    },
  };
}
