/** What every Journal with its Outbox does, whatever it is made of. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wallTime } from '../../src/base/units.js';
import type { Journal, JournalEntry, Outbox, OutboxMessage } from '../../src/records/journal/journal.js';
import { sameFields } from '../support/same-fields.js';

export interface OpenJournal {
  readonly journal: Journal;
  readonly outbox: Outbox;
}

const entry = (subject: string, more: Partial<JournalEntry> = {}): JournalEntry => ({
  kind: 'decision',
  subject,
  at: wallTime(1_790_000_000_000),
  body: { verdict: 'held', reason: 'unknown' },
  ...more,
});
const granted = { body: { verdict: 'granted', person: 'ada' } };
const outcome = { kind: 'outcome', body: { outcome: 'opened' } } as const;
const message = (id: string): OutboxMessage => ({
  id,
  topic: 'twinstile/site/lane/decision',
  payload: `{"id":"${id}"}`,
});
const idsOf = (messages: readonly OutboxMessage[]) => messages.map(({ id }) => id);
const subjectsOf = (rows: readonly JournalEntry[]) => rows.map(({ subject }) => subject);

/**
 * @param open a new empty journal for each test.
 * @param small one whose outbox holds `bytes`.
 */
export function journalContract(
  name: string,
  open: () => Promise<OpenJournal>,
  small: (bytes: number) => Promise<OpenJournal>,
): void {
  const check = (what: string, body: (opened: OpenJournal) => Promise<void>) =>
    test(`${name}: ${what}`, async () => body(await open()));

  check('numbers its rows from 1 and gives back what was appended', async ({ journal }) => {
    const body = { verdict: 'held', nested: { b: [1, 0.1, 'ä'], a: null }, gone: undefined };
    const row = await journal.append(entry('d1', { body }));
    assert.equal(row.seq, 1);
    assert.match(row.hash, /^[0-9a-f]{64}$/);
    sameFields(row.body, { verdict: 'held', nested: { b: [1, 0.1, 'ä'], a: null } });
    assert.equal((await journal.append(entry('d2'))).seq, 2);
    sameFields(await journal.walk(0, 1), [row]);
  });

  check('lists newest first, pages, and tells kinds apart', async ({ journal }) => {
    for (const n of [1, 2, 3, 4]) await journal.append(entry(`d${n}`, n % 2 === 0 ? outcome : {}));
    sameFields(subjectsOf(await journal.list({ limit: 3 })), ['d4', 'd3', 'd2']);
    sameFields(subjectsOf(await journal.list({ limit: 3, before: 2 })), ['d1']);
    sameFields(subjectsOf(await journal.list({ limit: 9, kind: 'outcome' })), ['d4', 'd2']);
    sameFields(subjectsOf(await journal.walk(2, 9)), ['d3', 'd4']);
  });

  check('verifies what it wrote, also when many wrote at once', async ({ journal }) => {
    sameFields(await journal.verify(), { rows: 0 });
    await Promise.all(Array.from({ length: 25 }, (_, n) => journal.append(entry(`d${n}`))));
    sameFields(await journal.verify(), { rows: 25 });
  });

  check('chains the same entries to the same hashes, and different ones to others', async ({ journal }) => {
    const first = await journal.append(entry('d1'));
    const second = await journal.append(entry('d1'));
    assert.notEqual(first.hash, second.hash);
    const other = (await open()).journal;
    assert.equal(
      (await other.append(entry('d1', { body: { reason: 'unknown', verdict: 'held' } }))).hash,
      first.hash,
    );
    assert.notEqual((await other.append(entry('d2'))).hash, second.hash);
  });

  check('knows the grants whose outcome was never written', async ({ journal }) => {
    await journal.append(entry('d1', granted));
    await journal.append(entry('d1', outcome));
    await journal.append(entry('d2'));
    await journal.append(entry('d3', granted));
    await journal.append(entry('d4', granted));
    sameFields(subjectsOf(await journal.unfinished()), ['d3', 'd4']);
    await journal.append(entry('d3', outcome));
    sameFields(subjectsOf(await journal.unfinished()), ['d4']);
  });

  check('keeps messages in order until they are delivered', async ({ journal, outbox }) => {
    for (const id of ['m1', 'm2', 'm3']) await journal.append(entry(id), message(id));
    await journal.append(entry('quiet'));
    sameFields(await outbox.pending(2), [message('m1'), message('m2')]);
    await outbox.delivered(['m2', 'unheard-of']);
    await outbox.delivered([]);
    sameFields(idsOf(await outbox.pending(9)), ['m1', 'm3']);
    assert.equal(await outbox.dropped(), 0);
  });

  check('takes a message once, whose id already waits', async ({ journal, outbox }) => {
    await journal.append(entry('d1'), message('m1'));
    await journal.append(entry('d2'), { ...message('m1'), payload: 'again' });
    sameFields(await outbox.pending(9), [message('m1')]);
    assert.equal((await journal.list({ limit: 9 })).length, 2);
  });

  test(`${name}: drops the oldest message when the outbox is full, counts it, and keeps the row`, async () => {
    const { topic, payload } = message('m1');
    const { journal, outbox } = await small((2 + topic.length + payload.length) * 2);
    for (const id of ['m1', 'm2', 'm3', 'm4']) await journal.append(entry(id), message(id));
    sameFields(idsOf(await outbox.pending(9)), ['m3', 'm4']);
    assert.equal(await outbox.dropped(), 2);
    await outbox.delivered(['m3']);
    await journal.append(entry('m5'), message('m5'));
    sameFields(idsOf(await outbox.pending(9)), ['m4', 'm5']);
    sameFields(await journal.verify(), { rows: 5 });
  });

  test(`${name}: what strangers caused pushes out nothing that the box says itself`, async () => {
    const { topic, payload } = message('m1');
    const { journal, outbox } = await small((2 + topic.length + payload.length) * 8);
    const outside = (id: string) => ({ ...message(id), outside: true });
    await journal.append(entry('d1'), message('a1'));
    for (const id of ['x1', 'x2', 'x3', 'x4', 'x5']) await journal.append(entry(id), outside(id));
    sameFields(idsOf(await outbox.pending(9)), ['a1', 'x1', 'x2']);
    assert.equal(await outbox.dropped(), 3);
    for (const id of ['a2', 'a3', 'a4', 'a5', 'a6', 'a7', 'a8']) await journal.append(entry(id), message(id));
    sameFields(idsOf(await outbox.pending(9)), ['a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7', 'a8']);
    await journal.append(entry('x6'), outside('x6'));
    await journal.append(entry('a9'), message('a9'));
    sameFields(idsOf(await outbox.pending(9)), ['a2', 'a3', 'a4', 'a5', 'a6', 'a7', 'a8', 'a9']);
    assert.equal(await outbox.dropped(), 7);
    assert.equal(await outbox.unreportedDrops(), 7);
    await outbox.markReported(5);
    assert.equal(await outbox.unreportedDrops(), 2);
  });
}
