import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { wallTime } from '../../../src/base/units.js';
import { createSiteFeed, type FeedItem } from '../../../src/service/core-socket/site-feed.js';
import { fakeJournal } from '../../fakes/journal.js';
import { until } from '../../until.js';

function following(t: TestContext) {
  const { journal } = fakeJournal();
  const feed = createSiteFeed(journal);
  const stop = new AbortController();
  t.after(() => stop.abort());
  return {
    feed,
    stop,
    write: (subject: string) =>
      journal.append({ kind: 'decision', subject, at: wallTime(1), body: { lane: 'north' } }),
    follow(after?: number) {
      const items: FeedItem[] = [];
      const ended = feed.follow(after, (item) => items.push(item), stop.signal);
      const subjects = () =>
        items.flatMap((item) => (item.kind === 'rows' ? item.rows.map(({ subject }) => subject) : []));
      return { items, subjects, ended };
    },
  };
}

test('a new follower gets the states of the lanes and only the rows that come', async (t) => {
  const { feed, write, follow, stop } = following(t);
  await write('old');
  feed.stateIs('north', { mode: 'full' });
  const { items, subjects, ended } = follow();
  await until(() => items.length === 1, 'the state');
  assert.deepEqual(items, [{ kind: 'state', lane: 'north', state: { mode: 'full' } }]);
  await new Promise((resolve) => setImmediate(resolve));
  await write('new');
  feed.wake();
  await until(() => subjects().length === 1, 'the row');
  assert.deepEqual(subjects(), ['new']);
  feed.stateIs('north', { mode: 'closed' });
  assert.deepEqual(items.at(-1), { kind: 'state', lane: 'north', state: { mode: 'closed' } });
  stop.abort();
  await ended;
});

test('who was away gets each row after the last one that it has, in order and once', async (t) => {
  const { feed, write, follow } = following(t);
  for (let n = 1; n <= 120; n += 1) await write(`row-${n}`);
  const { subjects } = follow(3);
  await until(() => subjects().length === 117, 'the rows that were missed');
  await write('row-121');
  feed.wake();
  await until(() => subjects().length === 118, 'the newest');
  assert.deepEqual(
    subjects(),
    Array.from({ length: 118 }, (_, n) => `row-${n + 4}`),
  );
});

test('rows that no event announces come within a second or so', async (t) => {
  const { write, follow, items } = { ...following(t), items: [] as FeedItem[] };
  const follower = follow(0);
  await until(() => items.length === 0, 'nothing yet');
  await write('by the command line');
  await until(() => follower.subjects().length === 1, 'the row');
});

test('a journal that cannot be read ends the following with its error', async () => {
  const feed = createSiteFeed({
    list: async () => [],
    walk: async () => {
      throw new Error('a damaged file');
    },
  });
  await assert.rejects(
    feed.follow(0, () => {}, new AbortController().signal),
    /a damaged file/,
  );
});
