import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { millis, monotonic } from '../../../src/base/units.js';
import { type Alarm, Watchdog } from '../../../src/vision/process/watchdog.js';
import { holds } from '../../support/properties.js';

const TICK = 250;
const LIMITS = {
  stalled: millis(2000),
  loadingSilence: millis(8000),
  openingSilence: millis(20_000),
  silence: millis(5000),
};

/** A process that never says a word again. @param share of each tick in which it got no processor. */
function untilAlarm(prepare: (dog: Watchdog) => void, share = 0) {
  let now = 0;
  const dog = new Watchdog(LIMITS, millis(TICK), monotonic(0), () => share * TICK);
  prepare(dog);
  for (;;) {
    now += TICK;
    const alarm: Alarm | undefined = dog.check(monotonic(now));
    if (alarm?.kind === 'silent') return { alarm, at: now };
    if (now > 1_000_000) return { alarm: undefined, at: now };
  }
}

for (const [name, prepare, phase, limit] of [
  ['its networks are loaded', () => {}, 'loading', 8000],
  ['its camera is opened', (dog) => dog.onReady(), 'opening', 20_000],
  [
    'its camera is opened again',
    (dog) => {
      dog.onFrame();
      dog.onCamera(false);
    },
    'opening',
    20_000,
  ],
  ['its camera is live', (dog) => dog.onFrame(), 'live', 5000],
] as const satisfies readonly (readonly [string, (dog: Watchdog) => void, string, number])[])
  test(`knows how long a process may be silent while ${name}`, () => {
    const { alarm, at } = untilAlarm(prepare);
    assert.deepEqual(alarm, { kind: 'silent', phase, limit: millis(limit), starved: 0 });
    assert.equal(at, limit + TICK);
  });

test('does not count the time in which a busy machine gave the process no processor', () => {
  const { alarm, at } = untilAlarm((dog) => dog.onReady(), 0.5);
  // The first second is not looked into.
  assert.ok(at >= 38_000 && at <= 40_000, `${at}`);
  assert.ok(alarm !== undefined && alarm.starved >= 18_000);
});

test('never waits for more than four times its limit, however busy the machine is', async (t) => {
  await holds(
    t,
    fc.property(fc.double({ min: 0, max: 10, noNaN: true }), (share) => {
      const { alarm, at } = untilAlarm((dog) => dog.onReady(), share);
      assert.ok(alarm !== undefined && at <= 4 * LIMITS.openingSilence + 2 * TICK, `${at}`);
    }),
    { short: 100, long: 10_000 },
  );
});

test('says once that a live camera has stalled, and nothing of a silence that a message ended', () => {
  const dog = new Watchdog(LIMITS, millis(TICK), monotonic(0));
  dog.onFrame();
  const alarms: string[] = [];
  for (let now = TICK; now <= 30_000; now += TICK) {
    const alarm = dog.check(monotonic(now));
    if (alarm !== undefined) alarms.push(alarm.kind);
    dog.onMessage();
  }
  assert.deepEqual(alarms, ['stalled']);
});
