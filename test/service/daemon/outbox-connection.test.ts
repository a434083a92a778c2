/** Boxes of one site on one broker: none throws another off, and nobody who guesses a name does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { millis, wallTime } from '../../../src/base/units.js';
import type { Bus } from '../../../src/platform/mqtt/message-bus.js';
import { clientIdOf } from '../../../src/platform/mqtt/mqtt-connection.js';
import { connectBus } from '../../../src/platform/mqtt/reconnecting-bus.js';
import { systemClock } from '../../../src/platform/system-clock.js';
import { openDatabase } from '../../../src/records/sql/sqlite/sqlite-database.js';
import { openJournal } from '../../../src/records/sql/sqlite/sqlite-journal.js';
import type { Config } from '../../../src/service/config/config-schema.js';
import {
  connectOutbox,
  reportDropped,
  watchTakeovers,
} from '../../../src/service/daemon/outbox-connection.js';
import { createFakeClock } from '../../fakes/clock.js';
import { until } from '../../until.js';
import { brokerFor } from '../demo/broker-for.js';

const quiet = { warn: () => {}, error: () => {} };
const configOf = (device: string): Config =>
  ({ site: 'head-office', gallery: { fleet: { device } } }) as unknown as Config;

test('two boxes of one site on one broker do not throw each other off, also when they have the same name', async (t) => {
  const broker = await brokerFor(t);
  const losses: string[] = [];
  const open = (device: string): Bus => {
    const takeovers = watchTakeovers(systemClock, quiet);
    const bus = connectOutbox(configOf(device), { url: broker.url }, { log: quiet, takeovers });
    bus.onConnection((connected) => {
      if (!connected) losses.push(device);
    });
    t.after(() => {
      assert.deepEqual(takeovers.faults(), []);
      return bus.close();
    });
    return bus;
  };
  const boxes = ['box-1', 'box-2', 'box-2'].map(open);
  // Names that were used before, and that anybody can guess.
  const guesses = ['twinstile-head-office-outbox', 'twinstile-head-office-box-1-outbox'].map((clientId) =>
    connectBus({ url: broker.url, clientId }),
  );
  t.after(() => Promise.all(guesses.map((guess) => guess.close())));
  await until(() => [...boxes, ...guesses].every(({ connected }) => connected), 'all are connected');
  const heard = boxes.map(() => 0);
  for (const [index, box] of boxes.entries())
    box.subscribe('twinstile/head-office/gallery/revoked', () => {
      heard[index] = (heard[index] ?? 0) + 1;
    });
  await until(async () => {
    await boxes[0]?.publish('twinstile/head-office/gallery/revoked', '{}', { qos: 1 });
    return heard.every((count) => count > 0);
  }, 'every box hears a revocation');
  const before = [...heard];
  for (let n = 0; n < 20; n += 1)
    assert.equal(await boxes[1]?.publish('twinstile/head-office/gallery/revoked', '{}', { qos: 1 }), 'sent');
  await until(
    () => heard.every((count, index) => count - (before[index] ?? 0) >= 20),
    'all of them hear all',
  );
  assert.deepEqual(losses, []);
});

test('no name of a connection is guessed: each has 96 random bits, and says which box it is', () => {
  const name = clientIdOf('head-office', 'box 7/ä', 'north');
  assert.match(name(), /^twinstile-head-office-box_7__-north-[0-9a-f]{24}$/);
  assert.equal(new Set(Array.from({ length: 1000 }, name)).size, 1000);
  assert.ok(clientIdOf('s'.repeat(64), 'd'.repeat(64), 'l'.repeat(64))().length <= 140);
});

test('a session that was taken over is a cause in the state for ten minutes, and a line in the log each time', () => {
  const clock = createFakeClock();
  const lines: object[] = [];
  const { note, faults: troubles } = watchTakeovers(clock, {
    error: (line: object) => void lines.push(line),
  });
  assert.deepEqual(troubles(), []);
  note('north');
  assert.deepEqual(troubles(), ['session-taken-over']);
  clock.pass(10 * 60_000);
  assert.deepEqual(troubles(), ['session-taken-over']);
  clock.pass(1);
  assert.deepEqual(troubles(), []);
  assert.deepEqual(lines, [{ connection: 'north', count: 1, reason: 142 }]);
});

test('events that found no room are summarised once ("1,204 dropped"), in the journal and for security', async (t) => {
  const database = await openDatabase(':memory:');
  t.after(() => database.close());
  const journal = openJournal(database, 4000);
  const stop = new AbortController();
  const lines: object[] = [];
  for (let n = 0; n < 40; n += 1)
    await journal.append(
      { kind: 'decision', subject: `d-${n}`, at: wallTime(0), body: {} },
      { id: `d-${n}`, topic: 't', payload: 'x'.repeat(900), outside: n > 3 },
    );
  const dropped = await journal.dropped();
  assert.ok(dropped >= 36, String(dropped));
  const telling = reportDropped(
    {
      config: { site: 's', lanes: [{ id: 'north' }] } as unknown as Config,
      journal,
      bus: { connected: true },
      clock: createFakeClock(),
      log: { error: (line: object) => void lines.push(line) },
      every: millis(10),
    },
    stop.signal,
  );
  await until(() => lines.length > 0, 'told');
  stop.abort();
  await telling;
  const rows = await journal.list({ limit: 9, kind: 'notice' });
  assert.equal(rows[0]?.body.notice, 'events-dropped');
  assert.equal(
    rows.reduce((sum, { body }) => sum + Number(body.dropped), 0),
    (await journal.dropped()) - (await journal.unreportedDrops()),
  );
  const last = (await journal.pending(99)).at(-1);
  assert.equal(last?.topic, 'twinstile/s/north/alert');
  assert.match(last?.payload ?? '', /"events-dropped"/);
  assert.deepEqual(lines[0], { dropped });
});
