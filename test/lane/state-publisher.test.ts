/** What a lane says of itself stays true at the broker, whoever else may write there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeJournal } from '../fakes/journal.js';
import { until } from '../until.js';
import { laneWorld } from './lane-world.js';

test('state stays true: what another login puts in its place, or a large one, is put right within 2 s', async (t) => {
  const { broker, outside, topics } = await laneWorld(t);
  const held = () => broker.retained(topics.state);
  await until(() => held()?.includes('"gate":"ready"') === true, 'the state');
  const truth = held();
  for (const forged of ['{"v":1,"mode":"closed","degraded":["forged"]}', '', 'x'.repeat(300_000)]) {
    await outside.publish(topics.state, forged, { qos: 1, retain: true });
    await until(() => held() === truth, 'the truth again');
  }
});

test('a lane that is called offline while it is there says online again', async (t) => {
  const { broker, outside, topics } = await laneWorld(t);
  await outside.publish(topics.availability, 'offline', { qos: 1, retain: true });
  await until(() => broker.retained(topics.availability) === 'online', 'online');
});

test('a flood of forged states is answered with one message a second', async (t) => {
  const { broker, outside, topics } = await laneWorld(t);
  await until(() => broker.retained(topics.state)?.includes('"gate":"ready"') === true, 'the state');
  const before = broker.published.length;
  const forged = (n: number) => `{"v":1,"mode":"forged ${n}"}`;
  const begun = performance.now();
  for (let n = 0; n < 3000; n += 1) {
    await outside.publish(topics.state, forged(n), { qos: 1, retain: true });
    await outside.publish(topics.availability, 'offline', { qos: 1, retain: true });
    if (n % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await until(() => broker.retained(topics.availability) === 'online', 'online');
  await until(() => broker.retained(topics.state)?.includes('forged') === false, 'the truth again');
  const own = broker.published
    .slice(before)
    .filter(
      ({ topic, payload }) =>
        (topic === topics.state && !payload.includes('forged')) ||
        (topic === topics.availability && payload === 'online'),
    ).length;
  const seconds = (performance.now() - begun) / 1000;
  assert.ok(own <= 2 * (seconds + 2), `${own} messages in ${seconds} s`);
});

test('state says that the journal fails while an entry takes too long, and no longer once it is written after all', async (t) => {
  const { journal } = fakeJournal();
  let isSlow = false;
  let write = () => {};
  const disk = new Promise<void>((resolve) => {
    write = resolve;
  });
  const { states, notes, passage } = await laneWorld(t, {
    parts: {
      journal: {
        ...journal,
        append: async (entry, message) => {
          if (isSlow) await disk;
          return journal.append(entry, message);
        },
      },
    },
  });
  const isFailing = () => states.at(-1)?.degraded.includes('journal-failing');
  isSlow = true;
  await passage(null, 'forced-open');
  // The passage and the notice about it; nothing else is to be written.
  await until(() => notes.filter(({ kind }) => kind === 'journal-failed').length === 2, 'both given up');
  await until(() => isFailing() === true, 'journal-failing');
  write();
  await until(() => isFailing() === false, 'it works again');
});
