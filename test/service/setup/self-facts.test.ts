import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freeSpace, isFullNow } from '../../../src/platform/folders.js';
import { shareHealth } from '../../../src/service/daemon/lane-observer.js';
import { statusLine } from '../../../src/service/daemon/watch-self.js';
import { sizeProblems } from '../../../src/service/setup/open-comparison.js';
import { createFakeClock } from '../../fakes/clock.js';

for (const [name, was, free, is] of [
  ['49 MB is full', false, 49e6, true],
  ['50 MB is not', false, 50e6, false],
  ['what was full stays so up to 60 MB', true, 59e6, true],
  ['and is not from there on', true, 60e6, false],
  ['a disk that does not answer changes nothing', true, undefined, true],
] as const)
  test(name, () => assert.equal(isFullNow(was, free), is));

test('a folder that is not there has no free space to tell of', async () => {
  assert.equal(await freeSpace('/nonexistent/folder'), undefined);
  assert.ok(((await freeSpace('/')) ?? -1) >= 0);
});

test('the status names each lane, its mode and why', () => {
  const states = new Map([
    ['north', { mode: 'identification', degraded: [] }],
    ['south', { mode: 'closed', degraded: ['gate-offline', 'clock-implausible'] }],
  ] as const);
  assert.equal(statusLine(states), 'north: identification; south: closed (gate-offline, clock-implausible)');
});

test('a gallery that is too large is told of with all its numbers', () => {
  const identification = { max_fpir: 0.001, min_margin_ratio: 10, frames: 3, window_ms: 2000 };
  const calibration = {
    source: 't',
    people: 100,
    impostorPairs: 3_000_000,
    matedPairs: 100,
    rows: [
      { distance: 0.3, fmr: 1e-6 },
      { distance: 1, fmr: 1 },
    ],
  };
  const lanes = [
    { id: 'north', identification },
    { id: 'south', identification: 'off' as const },
  ];
  assert.deepEqual(sizeProblems(lanes, 1000, calibration), []);
  const [problem] = sizeProblems(lanes, 5000, calibration);
  assert.deepEqual([problem?.lane, problem?.maxTemplates], ['north', 1000]);
  assert.equal(
    problem?.detail,
    'Lane north asks for 1 in 1,000 among 5,000 templates, which takes a false match rate of 1 in 4,990,000 for each; ' +
      'the pack’s calibration supports no better than 1 in 1,000,000, enough for 1,000 templates.',
  );
});

test('lanes that report together share one look at the machine, and each hears of its own process', async () => {
  const clock = createFakeClock();
  let looks = 0;
  const healthOf = shareHealth({
    folder: '/',
    clock,
    loop: { take: () => ({ p50: 1, p99: 2, max: 3 }), close: () => {} },
    pids: () => [7, 8],
    read: async ({ pids = [] }) => {
      looks += 1;
      return { memory: { own: 1, others: Object.fromEntries(pids.map((pid) => [pid, pid * 10])) } };
    },
  });
  const north = await healthOf(() => 7)();
  const south = await healthOf(() => 8)();
  assert.deepEqual([looks, north.memory?.others, south.memory?.others], [1, { 7: 70 }, { 8: 80 }]);
  assert.deepEqual(north.eventLoop, { p50: 1, p99: 2, max: 3 });
  clock.pass(60_000);
  const alone = await healthOf(() => undefined)();
  assert.deepEqual([looks, alone.memory?.others], [2, {}]);
});
