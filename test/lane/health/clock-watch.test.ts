import assert from 'node:assert/strict';
import { test } from 'node:test';
import { monotonic, wallTime } from '../../../src/base/units.js';
import { type ClockVerdict, createClockWatch } from '../../../src/lane/health/clock-watch.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const released = wallTime(Date.UTC(2026, 0, 1));
const noon = Date.UTC(2026, 5, 1, 12);

/** @param steps time that passes, and what the clock is set forward by meanwhile. */
function verdicts(steps: readonly (readonly [number, number])[], start = noon): readonly ClockVerdict[] {
  const watch = createClockWatch(released);
  let now = 1000;
  let wall = start;
  return [[0, 0] as const, ...steps].map(([passed, set]) => {
    now += passed;
    wall += passed + set;
    return watch.check(monotonic(now), wallTime(wall));
  });
}

for (const [name, steps, expected, start] of [
  ['a clock that runs', [[HOUR, 0]], ['plausible', 'plausible']],
  ['a step of five minutes', [[1000, 5 * MINUTE]], ['plausible', 'plausible']],
  ['a step of more, forward', [[1000, 6 * MINUTE]], ['plausible', 'jumped']],
  ['a step of more, back', [[1000, -6 * MINUTE]], ['plausible', 'jumped']],
  [
    'two steps that are too much together',
    [
      [1000, 4 * MINUTE],
      [1000, 4 * MINUTE],
    ],
    ['plausible', 'plausible', 'jumped'],
  ],
  [
    'a jump that is taken back',
    [
      [1000, HOUR],
      [1000, -HOUR],
    ],
    ['plausible', 'jumped', 'plausible'],
  ],
  [
    'a jump that stays for an hour',
    [
      [1000, HOUR],
      [HOUR - 1, 0],
      [1, 0],
    ],
    ['plausible', 'jumped', 'jumped', 'plausible'],
  ],
  [
    'a clock that keeps jumping',
    [
      [1000, HOUR],
      [HOUR - 1, HOUR],
      [1000, 0],
    ],
    ['plausible', 'jumped', 'jumped', 'jumped'],
  ],
  ['a thrown clock: 1970', [[1000, -noon]], ['plausible', 'before-release']],
  ['a box that wakes in 1970 and is told the time', [[1000, noon]], ['before-release', 'plausible'], 0],
] as const satisfies readonly (readonly [
  string,
  readonly (readonly [number, number])[],
  readonly ClockVerdict[],
  number?,
])[])
  test(`${name}: ${expected.at(-1)}`, () => assert.deepEqual(verdicts(steps, start), expected));

test('a clock that is slewed for weeks stays plausible', () => {
  const slewed = Array.from({ length: 24 * 21 }, () => [HOUR, HOUR * 0.0005] as const);
  assert.deepEqual([...new Set(verdicts(slewed))], ['plausible']);
});

test('a clock that gives no number is not believed', () => {
  assert.equal(createClockWatch(released).check(monotonic(1), wallTime(Number.NaN)), 'before-release');
});

test('a jump that a time service vouches for is believed at once, forward and back', () => {
  for (const jump of [10 * 24 * HOUR, -10 * 24 * HOUR]) {
    const watch = createClockWatch(released);
    watch.check(monotonic(1000), wallTime(noon));
    const [now, wall] = [monotonic(2000), wallTime(noon + 1000 + jump)];
    assert.equal(watch.check(now, wall), 'jumped');
    watch.vouch(now, wall);
    assert.equal(watch.check(monotonic(3000), wallTime(wall + 1000)), 'plausible');
  }
});

test('never believes a step back to before the release, whatever vouches for it', () => {
  const watch = createClockWatch(released);
  watch.check(monotonic(1000), wallTime(noon));
  const wall = wallTime(released - 1);
  watch.vouch(monotonic(2000), wall);
  assert.equal(watch.check(monotonic(2000), wall), 'before-release');
});
