import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Millis, millis, monotonic, wallTime } from '../../../src/base/units.js';
import { createReaderFaults, type ReaderFault } from '../../../src/lane/health/reader-faults.js';
import { until } from '../../until.js';
import { badgeRules, laneWorld } from '../lane-world.js';

function faultsWorld() {
  let now = 0;
  const notes: ReaderFault[] = [];
  const faults = createReaderFaults({
    clock: { monotonic: () => monotonic(now), wall: () => wallTime(now) },
    onNew: (fault) => notes.push(fault),
  });
  return { faults, notes, pass: (span: Millis) => (now += span) };
}

test('a reader whose messages are not understood is in state.readers, and is logged once per reader', async (t) => {
  const world = await laneWorld(t, { parts: { rules: badgeRules } });
  const publish = (message: unknown) =>
    world.outside.publish(world.topics.badge, JSON.stringify(message), { qos: 0 });
  const number = { v: 1, badge: 4711, reader: 'door', read: 'x' };
  for (let n = 0; n < 5; n += 1) await publish({ ...number, read: `x-${n}` });
  await publish({ uid: '04A224B1' });
  await until(() => world.states.at(-1)?.readers.length === 2, 'two readers');
  assert.deepEqual(
    world.states.at(-1)?.readers.map(({ reader, problem }) => [reader, problem]),
    [
      [
        'door',
        'Expected badge as text in quotes, got a number, which loses zeros before it and digits of long ones.',
      ],
      [undefined, 'Expected the field v, got only uid.'],
    ],
  );
  assert.equal(world.notes.filter(({ kind }) => kind === 'reader-not-understood').length, 2);
  // It was mended: the next message is understood.
  await world.badge('badge-of-ada');
  await until(() => world.states.at(-1)?.readers.length === 1, 'the reader that says no name is left');
});

test('a badge in pairs with colons is that of its holder at the lane', async (t) => {
  const asked: string[] = [];
  const world = await laneWorld(t, {
    parts: {
      rules: badgeRules,
      standingOf: async (badge) => {
        asked.push(badge);
        return { kind: 'foreign', badge };
      },
    },
  });
  await world.badge('04:a2:24:b1');
  await until(() => asked.length === 1, 'the badge is looked up');
  assert.deepEqual(asked, ['04A224B1']);
});

test('strangers who invent readers neither fill memory nor change the state with each message', () => {
  const { faults, notes, pass } = faultsWorld();
  for (let n = 0; n < 1000; n += 1) faults.notUnderstood(`reader-${n}`, 'Expected X, got Y.');
  assert.equal(faults.list().length, 8);
  for (let n = 0; n < 1000; n += 1) {
    faults.understood('reader-0');
    faults.notUnderstood('reader-0', 'Expected X, got Y.');
    pass(millis(10));
  }
  assert.ok(notes.length <= 8 + 2, `${notes.length}`);
});

test('a fault of a reader ends a day after its last message', () => {
  const { faults, pass } = faultsWorld();
  faults.notUnderstood(undefined, 'Expected X, got Y.');
  pass(millis(24 * 3_600_000));
  assert.equal(faults.list().length, 1);
  pass(millis(1));
  assert.equal(faults.list().length, 0);
});
