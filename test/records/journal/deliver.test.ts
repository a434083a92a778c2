import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { wallTime } from '../../../src/base/units.js';
import { deliver } from '../../../src/records/journal/deliver.js';
import type { Outbox } from '../../../src/records/journal/journal.js';
import { createFakeBroker } from '../../fakes/bus.js';
import { fakeJournal } from '../../fakes/journal.js';
import { until } from '../../until.js';

function world(t: TestContext, change: (outbox: Outbox) => Outbox = (outbox) => outbox) {
  const broker = createFakeBroker();
  const { journal, outbox } = fakeJournal();
  const stop = new AbortController();
  const faults: string[] = [];
  const bus = broker.connect();
  // Each turn of the delivery begins with the question whether there is a connection.
  let turns = 0;
  const watched = new Proxy(bus, {
    get: (target, name) => {
      if (name === 'connected') turns += 1;
      return Reflect.get(target, name);
    },
  });
  const running = deliver(
    { outbox: change(outbox), bus: watched, onFault: (detail) => faults.push(detail) },
    stop.signal,
  );
  t.after(async () => {
    stop.abort();
    await running;
  });
  let count = 0;
  return {
    broker,
    outbox,
    troubles: faults,
    write: async (topic = 'decision') => {
      count += 1;
      const id = `d-${count}`;
      const entry = { kind: 'decision', subject: id, at: wallTime(0), body: {} } as const;
      await journal.append(entry, { id, topic, payload: id });
    },
    /** Resolves when the delivery has begun so many more turns: all but the last of them have ended. */
    turns: (more: number) => {
      const end = turns + more;
      return until(() => turns >= end, `${more} more turns`);
    },
    heard: () => broker.published.map(({ payload }) => payload),
  };
}
const ids = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => `d-${from + i}`);

test('carries everything in order and once, and empties the outbox', async (t) => {
  const { write, heard, outbox, broker } = world(t);
  for (let n = 0; n < 70; n += 1) await write();
  await until(async () => (await outbox.pending(1)).length === 0, 'an empty outbox');
  assert.deepEqual(heard(), ids(1, 70));
  assert.ok(broker.published.every(({ qos, retain }) => qos === 1 && !retain));
});

test('loses nothing over an outage', async (t) => {
  const { write, heard, turns, outbox, broker } = world(t);
  await write();
  await until(() => heard().length === 1, 'the first');
  broker.cut();
  for (let n = 0; n < 5; n += 1) await write();
  await turns(3);
  assert.deepEqual(heard(), ids(1, 1));
  broker.restore();
  await until(async () => (await outbox.pending(1)).length === 0, 'an empty outbox');
  assert.deepEqual(heard(), ids(1, 6));
});

test('keeps what the broker refuses, and tells it once', async (t) => {
  const { write, heard, turns, outbox, troubles: faults, broker } = world(t);
  broker.forbid('secret');
  await write();
  await write('secret');
  await write();
  await until(() => faults.length > 0, 'the refusal');
  await turns(2);
  assert.deepEqual(heard(), ['d-1']);
  assert.deepEqual(
    (await outbox.pending(10)).map(({ id }) => id),
    ['d-2', 'd-3'],
  );
  assert.equal(faults.length, 1);
  assert.match(faults[0] ?? '', /'refused'/);
});

test('goes on after the database could not be read', async (t) => {
  let broken = true;
  const { write, heard, troubles } = world(t, (outbox) => ({
    ...outbox,
    pending: (limit) => (broken ? Promise.reject(new Error('locked')) : outbox.pending(limit)),
  }));
  await write();
  await until(() => troubles.length === 1, 'trouble');
  broken = false;
  await until(() => heard().length === 1, 'the message');
});
