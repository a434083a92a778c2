import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { wallTime } from '../../../src/base/units.js';
import type { Release } from '../../../src/fleet/releases/rollout-plan.js';
import {
  downloaded,
  isReleaseRefused,
  NO_PROGRESS,
  nextStep,
  progressSchema,
  type RolloutProgress,
  ready,
  rejected,
  rolledBack,
  rolloutStateOf,
  settled,
  started,
  switched,
  waiting,
} from '../../../src/fleet/releases/rollout-state.js';
import { holds } from '../../support/properties.js';
import { sameFields } from '../../support/same-fields.js';

const NOW = wallTime(1_800_000_000_000);
const one = { release: 1, pack: 'mobile.000000000001' };
const two = { release: 2, pack: 'mobile.000000000002', head: 'a'.repeat(64) };
const taken = (progress: RolloutProgress, models: typeof one): RolloutProgress =>
  settled(switched(ready(downloaded(progress, models)), NOW, []));

test('a release goes from the disk over the examination into use, and remembers what was before', () => {
  const first = taken(NO_PROGRESS, one);
  sameFields([first.running, first.previous], [one, undefined]);
  const second = switched(ready(downloaded(first, two)), NOW, ['broker-disconnected']);
  sameFields([second.running, second.previous], [two, one]);
  sameFields(second.watched, { since: NOW, starts: 0, tolerated: ['broker-disconnected'] });
  assert.equal(rolloutStateOf(second).phase, 'probation');
  assert.equal(rolloutStateOf(settled(second)).phase, 'settled');
});

test('what was not examined, or would lock people out, is not switched to', () => {
  const here = downloaded(NO_PROGRESS, one);
  assert.equal(switched(here, NOW, []), here);
  const held = waiting(here, '3 of 9');
  assert.equal(switched(held, NOW, []), held);
  sameFields(rolloutStateOf(held), { release: 0, phase: 'waiting', why: '3 of 9' });
});

test('a release that fails is left for the one before it, and is not tried again', () => {
  const back = rolledBack(
    switched(ready(downloaded(taken(NO_PROGRESS, one), two)), NOW, []),
    NOW,
    'it saw nobody',
  );
  sameFields(back.running, one);
  assert.equal(back.watched, undefined);
  assert.ok(isReleaseRefused(back, 2));
  sameFields(rolloutStateOf(back), {
    release: 1,
    phase: 'rolled-back',
    refused: { release: 2, reason: 'it saw nobody' },
  });
  const configured = rolledBack(back, NOW, 'neither');
  assert.equal(configured.running, undefined, 'before the first release is what the configuration names');
});

test('a service that does not stay up with a release goes back by itself', () => {
  let progress = switched(ready(downloaded(NO_PROGRESS, one)), NOW, []);
  for (let start = 0; start < 5; start += 1) {
    progress = started(progress, NOW);
    sameFields(progress.running, one, `after start ${start + 1}`);
  }
  progress = started(progress, NOW);
  assert.equal(progress.running, undefined);
  assert.match(progress.refused[0]?.reason ?? '', /started 5 times/);
  assert.equal(started(progress, NOW), progress, 'starts count only while it is watched');
});

const offered: Release = {
  number: 1,
  pack: one.pack,
  contents: ['b'.repeat(64), 10],
  status: 'offered',
  percent: 100,
  devices: [],
};
const wish = (releases: readonly Partial<Release>[], progress: RolloutProgress = NO_PROGRESS): string => {
  const found = nextStep({ releases: releases.map((each) => ({ ...offered, ...each })) }, 'gate-1', progress);
  return found.step === 'take' ? `take ${found.release.number}` : found.step;
};

for (const [name, is, expected] of [
  ['a release that is for it is taken', wish([{}]), 'take 1'],
  ['of two the newer one', wish([{}, { number: 2 }]), 'take 2'],
  ['one that is not for it leaves the older one', wish([{}, { number: 2, percent: 0 }]), 'take 1'],
  ['a named device takes it whatever the share', wish([{ percent: 0, devices: ['gate-1'] }]), 'take 1'],
  ['a halted one is not taken', wish([{ status: 'halted' }]), 'stay'],
  ['a halted one that is in use stays', wish([{ status: 'halted' }], taken(NO_PROGRESS, one)), 'stay'],
  [
    'a returned one that is in use is left',
    wish([{ status: 'rolled-back' }], taken(NO_PROGRESS, one)),
    'return',
  ],
  ['what is in use is not taken again', wish([{}], taken(NO_PROGRESS, one)), 'stay'],
  ['an older one than the one in use is not taken', wish([{}], taken(NO_PROGRESS, two)), 'stay'],
  ['a refused one is not tried again', wish([{}], rejected(NO_PROGRESS, 1, NOW, 'bad')), 'stay'],
  [
    'a refused one is tried again under a new number',
    wish([{}, { number: 2 }], rejected(NO_PROGRESS, 1, NOW, 'bad')),
    'take 2',
  ],
  [
    'while one is watched the next one waits',
    wish([{}, { number: 2 }], switched(ready(downloaded(NO_PROGRESS, one)), NOW, [])),
    'stay',
  ],
] as const)
  test(name, () => assert.equal(is, expected));

test('whatever happens, progress stays what can be stored, and never runs by what it refused last', async (t) => {
  const step = fc.constantFrom<(progress: RolloutProgress) => RolloutProgress>(
    (p) => downloaded(p, one),
    (p) => downloaded(p, two),
    ready,
    (p) => waiting(p, 'why'),
    (p) => switched(p, NOW, []),
    (p) => started(p, NOW),
    settled,
    (p) => rolledBack(p, NOW, 'why'),
    (p) => rejected(p, 2, NOW, 'why'),
  );
  await holds(
    t,
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const end = steps.reduce((progress, each) => each(progress), NO_PROGRESS);
      sameFields(progressSchema.parse(JSON.parse(JSON.stringify(end))), end);
      assert.ok(end.watched === undefined || end.running !== undefined);
    }),
    { short: 100, long: 20_000 },
  );
});
