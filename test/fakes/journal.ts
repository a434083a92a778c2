/** A journal with outbox in memory that keeps the port's promises; for tests of whatever uses one. */
import { createHash } from 'node:crypto';
import {
  type Journal,
  type JournalRow,
  type Outbox,
  type OutboxMessage,
  outsideReserve,
} from '../../src/records/journal/journal.js';

export interface FakeJournal {
  readonly journal: Journal;
  readonly outbox: Outbox;
  /** Oldest first; a test may change them to see whether anybody notices. */
  readonly rows: JournalRow[];
}

/** @param outboxBytes most that waits. */
export function fakeJournal(outboxBytes = 64 * 1024 * 1024): FakeJournal {
  const rows: JournalRow[] = [];
  let messages: OutboxMessage[] = [];
  let dropped = 0;
  let told = 0;
  const sizeOf = ({ id, topic, payload }: OutboxMessage) => Buffer.byteLength(id + topic + payload);
  const waiting = (of = messages) => of.reduce((sum, each) => sum + sizeOf(each), 0);
  const outside = () => messages.filter((each) => each.outside === true);
  const put = (message: OutboxMessage) => {
    const size = sizeOf(message);
    const isFull = waiting() + size > outboxBytes || waiting(outside()) + size > outsideReserve(outboxBytes);
    if (message.outside === true && isFull) {
      dropped += 1;
      return;
    }
    if (!messages.some(({ id }) => id === message.id)) messages.push(message);
    for (; waiting() > outboxBytes; dropped += 1) {
      const first = outside()[0] ?? messages[0];
      messages = messages.filter((each) => each !== first);
    }
  };

  const journal: Journal = {
    append: async (entry, message) => {
      const body: unknown = JSON.parse(JSON.stringify(entry.body));
      const link = { ...entry, body: body as JournalRow['body'], seq: rows.length + 1 };
      const row = { ...link, hash: hashOf(rows.at(-1)?.hash ?? '', link) };
      rows.push(row);
      if (message !== undefined) put(message);
      return row;
    },
    list: async ({ limit, before = Number.POSITIVE_INFINITY, kind }) =>
      rows
        .filter((row) => row.seq < before && (kind === undefined || row.kind === kind))
        .reverse()
        .slice(0, limit),
    walk: async (after, limit) => rows.filter(({ seq }) => seq > after).slice(0, limit),
    verify: async () => {
      const broken = rows.findIndex(
        ({ hash, ...link }, index) =>
          link.seq !== index + 1 || hash !== hashOf(rows[index - 1]?.hash ?? '', link),
      );
      return broken === -1 ? { rows: rows.length } : { rows: broken, firstBroken: broken + 1 };
    },
    unfinished: async () =>
      rows.filter(
        ({ kind, subject, body }) =>
          kind === 'decision' &&
          body.verdict === 'granted' &&
          !rows.some((other) => other.kind === 'outcome' && other.subject === subject),
      ),
    close: async () => {},
  };
  const outbox: Outbox = {
    pending: async (limit) =>
      messages.slice(0, limit).map(({ id, topic, payload }) => ({ id, topic, payload })),
    delivered: async (ids) => {
      messages = messages.filter(({ id }) => !ids.includes(id));
    },
    dropped: async () => dropped,
    unreportedDrops: async () => dropped - told,
    markReported: async (count) => {
      told += count;
    },
  };
  return { journal, outbox, rows };
}

/** Not the real chain's hash: nothing outside may depend on it. */
function hashOf(previous: string, { seq, kind, subject, at, body }: Omit<JournalRow, 'hash'>): string {
  const fields = JSON.stringify([previous, seq, kind, subject, at, Object.entries(body).sort()]);
  return createHash('sha256').update(fields).digest('hex');
}
