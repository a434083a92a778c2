/** The service tells systemd the truth: ready when it is, fed while it moves, and why a lane is shut. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { millis, monotonic, wallTime } from '../../../src/base/units.js';
import type { LaneState } from '../../../src/lane/health/lane-state.js';
import { RELEASED } from '../../../src/platform/time-sync.js';
import { createSelfWatch } from '../../../src/service/daemon/watch-self.js';
import { createFakeClock } from '../../fakes/clock.js';
import { until } from '../../until.js';

const state = (camera: LaneState['camera'], degraded: LaneState['degraded'] = []) =>
  ({ mode: degraded.length === 0 ? 'identification' : 'closed', camera, degraded }) as unknown as LaneState;

interface WatchOptions {
  readonly wall?: () => number;
  readonly sinceBoot?: () => number;
  readonly free?: number;
  readonly isTimeSynchronised?: () => Promise<boolean | undefined>;
}

function watchFor(t: TestContext, options: WatchOptions = {}) {
  const said: string[] = [];
  const logged: string[] = [];
  let rounds = 0;
  const clock = createFakeClock();
  const note = (_about: unknown, text?: string) => void logged.push(text ?? String(_about));
  const self = createSelfWatch({
    lanes: ['north', 'south'],
    clock: options.wall === undefined ? clock : { ...clock, wall: () => wallTime(options.wall?.() ?? 0) },
    log: { info: note, warn: note, error: note } as never,
    released: RELEASED,
    sinceBoot: () => {
      rounds += 1;
      return monotonic(options.sinceBoot?.() ?? clock.monotonic());
    },
    isTimeSynchronised: options.isTimeSynchronised ?? (async () => false),
    freeSpace: async () => options.free,
    notifier: {
      pingEvery: millis(10),
      ready: async (status) => void said.push(`ready ${status}`),
      status: async (status) => void said.push(`status ${status}`),
      reloading: async () => void said.push('reloading'),
      ping: async () => void said.push('ping'),
      stopping: async () => void said.push('stopping'),
    },
  });
  const stop = new AbortController();
  const ended = self.run(stop.signal);
  t.after(async () => {
    stop.abort();
    await ended;
  });
  /** Resolves when the watch has begun another round of checks. */
  const nextRound = async (): Promise<void> => {
    const before = rounds;
    await until(() => rounds > before, 'another round');
  };
  const words = () => said.filter((word) => word !== 'ping');
  return { self, said, logged, clock, stop, ended, nextRound, words };
}

test('says READY when the first state of every lane is known, a broken one’s too', async (t) => {
  const { self, said, words } = watchFor(t);
  self.stateIs('north', state('live'));
  self.stateIs('south', state('opening', ['camera-not-live']));
  await until(() => words().length > 0, 'a status');
  assert.ok(!said.some((word) => word.startsWith('ready')));
  self.stateIs('south', state('unplugged', ['camera-not-live']));
  await until(() => words().at(-1)?.startsWith('ready') === true, 'ready');
  assert.equal(words().at(-1), 'ready north: identification; south: closed (camera-not-live)');
});

test('says each new status once, and STOPPING at the end', async (t) => {
  const { self, words, stop, ended } = watchFor(t);
  self.stateIs('north', state('live'));
  self.stateIs('south', state('live'));
  await until(() => words().some((word) => word.startsWith('ready')), 'ready');
  self.stateIs('south', state('live', ['gate-offline']));
  await until(
    () => words().at(-1) === 'status north: identification; south: closed (gate-offline)',
    'status',
  );
  const count = words().length;
  stop.abort();
  await ended;
  assert.deepEqual(words().slice(count), ['stopping']);
});

test('a reload begins with RELOADING and ends with READY, also one that fails', async (t) => {
  const { self, words } = watchFor(t);
  self.stateIs('north', state('live'));
  self.stateIs('south', state('live'));
  await until(() => words().some((word) => word.startsWith('ready')), 'ready');
  const ready = words().at(-1);
  const before = words().length;
  const work = async () => {
    assert.equal(words().at(-1), 'reloading');
    return 'done';
  };
  assert.equal(await self.whileReloading(work), 'done');
  await assert.rejects(
    self.whileReloading(() => Promise.reject(new Error('unreadable'))),
    /unreadable/,
  );
  assert.deepEqual(words().slice(before), ['reloading', ready, 'reloading', ready]);
});

test('a reload before every lane is known does not say READY', async (t) => {
  const { self, words } = watchFor(t);
  assert.equal(await self.whileReloading(async () => 'done'), 'done');
  assert.ok(!words().some((word) => /ready|reloading/.test(word)));
});

test('feeds the watchdog again and again, and not while a lane hangs', async (t) => {
  const { self, said, logged, clock, nextRound } = watchFor(t);
  const pings = () => said.filter((word) => word === 'ping').length;
  self.progressOf('north').turned(clock.monotonic());
  await until(() => {
    clock.pass(10);
    return pings() >= 3;
  }, 'three pings');
  clock.pass(6000);
  await until(() => logged.some((line) => line.includes('hangs')), 'the hang is told');
  const before = pings();
  for (let n = 0; n < 10; n += 1) {
    clock.pass(10);
    await nextRound();
  }
  assert.equal(pings(), before);
  self.progressOf('north').turned(clock.monotonic());
  await until(() => pings() > before, 'pings again');
});

test('feeds it while a lane has nothing to do', async (t) => {
  const { self, said, clock, nextRound } = watchFor(t);
  for (let n = 0; n < 30; n += 1) {
    clock.pass(500);
    for (const lane of ['north', 'south']) self.progressOf(lane).turned(clock.monotonic());
    await nextRound();
  }
  assert.ok(said.filter((word) => word === 'ping').length >= 10);
});

test('tells the lanes when the clock cannot be believed, and when it can again', async (t) => {
  let wall = 0;
  const { self, logged } = watchFor(t, { wall: () => wall });
  assert.deepEqual(self.faults(), ['clock-implausible']);
  wall = RELEASED + 1;
  await until(() => self.faults().length === 0, 'believed');
  assert.deepEqual(logged.at(-1), 'the clock can be believed again');
});

test('tells the lanes when the disk is nearly full', async (t) => {
  const { self } = watchFor(t, { free: 49_999_999 });
  await until(() => self.faults().includes('disk-full'), 'full');
});

const DAY = 86_400_000;

/** A box that starts ten days behind and is set to the right time. @param whileAsking how much it is set further meanwhile. */
function steppedForward(t: TestContext, answer: boolean | undefined, whileAsking = 0) {
  let wall = RELEASED + 100 * DAY;
  let asked = 0;
  const watched = watchFor(t, {
    wall: () => wall,
    isTimeSynchronised: async () => {
      asked += 1;
      wall += whileAsking;
      return answer;
    },
  });
  assert.deepEqual(watched.self.faults(), []);
  wall += 10 * DAY;
  return { ...watched, asked: () => asked };
}

test('a clock that is stepped to the right time by a time service is believed, and not shut for an hour', async (t) => {
  const { self, logged } = steppedForward(t, true);
  await until(
    () => logged.some((line) => line.includes('set by a time service')),
    'the time service is asked',
  );
  assert.deepEqual(self.faults(), []);
});

for (const [name, answer, whileAsking] of [
  ['a clock that is stepped while no time service keeps it', false, 0],
  ['a clock that is stepped where nothing can tell who keeps it', undefined, 0],
  ['a clock that is set again while the kernel is asked', true, DAY],
] as const)
  test(`${name} is not believed`, async (t) => {
    const { self, asked } = steppedForward(t, answer, whileAsking);
    await until(() => asked() > 0, 'asked');
    assert.deepEqual(self.faults(), ['clock-implausible']);
  });

test('hours in which the machine was suspended are no jump of the clock', async (t) => {
  let slept = 0;
  let looks = 0;
  const { self } = watchFor(t, {
    wall: () => RELEASED + DAY + slept,
    sinceBoot: () => {
      looks += 1;
      return slept;
    },
  });
  slept = 8 * 3_600_000;
  const before = looks;
  await until(() => looks > before + 2, 'looks after the sleep');
  assert.deepEqual(self.faults(), []);
});
