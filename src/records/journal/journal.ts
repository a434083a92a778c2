/** The ports of the journal and its outbox: rows of a chain, and the messages that go out with them. */
import type { WallTime } from '../../base/units.js';

export const JOURNAL_KINDS = ['decision', 'outcome', 'passage', 'notice', 'command', 'act'] as const;
type JournalKind = (typeof JOURNAL_KINDS)[number];

/**
 * `body` is JSON: evidence of a decision, the gate's outcome, a passage, an alert, an operator command, the act of an
 * administrator did. Never an embedding, never a picture, never a name.
 */
export interface JournalEntry {
  readonly kind: JournalKind;
  /** The decision it belongs to; for a command, an act, and a passage without grant, an id of its own. */
  readonly subject: string;
  readonly at: WallTime;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface JournalRow extends JournalEntry {
  readonly seq: number;
  /** SHA-256 over the previous row's hash and this row's canonical JSON, hex. */
  readonly hash: string;
  /**
   * Of a row about a person: the salted hash by which the chain covers that part of the body. Without a salt the part was
   * deleted, and only the rest remains.
   */
  readonly seal?: { readonly hash: string; readonly salt?: string };
}

export interface OutboxMessage {
  readonly id: string;
  readonly topic: string;
  readonly payload: string;
  /** Caused only by a message of an outsider: limited to a reserve of the outbox, and never displaces others. */
  readonly outside?: boolean;
}

/** Bytes of the outbox that outsiders may fill: a quarter. @param most size of the outbox. */
export const outsideReserve = (most: number): number => most / 4;
export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

export interface ChainVerdict {
  /** How many are there and unchanged, from the first on. */
  readonly rows: number;
  /** The first number whose row is missing or was changed. */
  readonly firstBroken?: number;
  /** Of the rows, those without the person they were about. */
  readonly forgotten?: number;
  /** How many of those no retention and no erasure in the chain accounts for. */
  readonly uncovered?: number;
  /** Signed heads that are not in the chain. */
  readonly lostHeads?: readonly ChainHead[];
  /** Hashes of heads lost with a database that a backup replaced, as recorded in the chain. */
  readonly restored?: readonly string[];
}

export interface Journal {
  /** Durable when it resolves (FULL sync). A message given with it enters the outbox in the same transaction. */
  append(entry: JournalEntry, message?: OutboxMessage): Promise<JournalRow>;
  /** Newest first. */
  list(query: {
    readonly limit: number;
    readonly before?: number;
    readonly kind?: JournalEntry['kind'];
  }): Promise<readonly JournalRow[]>;
  /** Oldest first, page by page, for export. */
  walk(after: number, limit: number): Promise<readonly JournalRow[]>;
  /** Recomputes the chain. @param heads rows that were signed, and must be in it. */
  verify(heads?: readonly ChainHead[]): Promise<ChainVerdict>;
  /** Decisions whose `body.verdict` is 'granted' and that have no outcome row: the process died in between. Oldest first. */
  unfinished(): Promise<readonly JournalRow[]>;
  close(): Promise<void>;
}

export interface Outbox {
  /** Oldest first. */
  pending(limit: number): Promise<readonly OutboxMessage[]>;
  delivered(ids: readonly string[]): Promise<void>;
  /** How many were dropped because the outbox was full (64 MB): of outsiders' the newest, then the oldest of all. */
  dropped(): Promise<number>;
  /** How many of those were not reported yet. */
  unreportedDrops(): Promise<number>;
  /** Marks that many as reported. */
  markReported(count: number): Promise<void>;
}
