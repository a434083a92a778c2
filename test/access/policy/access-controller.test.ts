import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccessController, createPersonLocks } from '../../../src/access/policy/access-controller.js';
import { restoreRecords, saveRecords } from '../../../src/access/policy/access-store.js';
import type { AccessModel } from '../../../src/access/policy/model.js';
import { dayOf } from '../../../src/access/policy/schedule.js';
import { millis, monotonic, wallTime } from '../../../src/base/units.js';
import { ada, bob, model, north, policy, request, rule, south, utc } from './sample.js';

const start = request();
const after = (ms: number) => ({ now: monotonic(start.now + ms), at: wallTime(start.at + ms) });
const street = { from: 'street', to: 'hall' };
const site = (change: Partial<AccessModel> = {}) =>
  model({
    lanes: new Map([
      [north, policy({ zones: street })],
      [south, policy({ zones: { from: 'hall', to: 'street' } })],
    ]),
    passback: { zones: 'hard', again: millis(10_000) },
    ...change,
  });
const passage = (ms = 0, lane = north) => ({ ...start, ...after(ms), lane });

test('two neighbouring lanes that see one person at once let them in at one only', () => {
  const controller = createAccessController(model());
  const answers = [controller.admit(start), controller.admit({ ...start, lane: south })];
  assert.deepEqual(answers, [
    { allowed: true, notices: [] },
    { allowed: false, reason: 'locked-at-another-lane', notices: [] },
  ]);
});

test('a lane whose gate did not open gives the person back', () => {
  const controller = createAccessController(model());
  controller.admit(start);
  controller.withdrawn(ada, north);
  assert.equal(controller.admit({ ...start, lane: south }).allowed, true);
});

test('somebody who is refused at one lane keeps nobody from passing at the next', () => {
  const controller = createAccessController(model({ rules: [rule('grant', ['staff'], { lanes: [south] })] }));
  assert.equal(controller.admit(start).allowed, false);
  assert.equal(controller.admit({ ...start, lane: south }).allowed, true);
});

test('asking changes nothing', () => {
  const controller = createAccessController(site());
  for (let i = 0; i < 3; i++) assert.equal(controller.check(start).allowed, true);
  assert.equal(controller.admit({ ...start, lane: south, direction: 'out' }).allowed, true);
  assert.equal(controller.records.size, 0);
});

test('a passage is remembered until the person has gone out', () => {
  const controller = createAccessController(site());
  controller.opened(passage());
  assert.equal(controller.check({ ...start, ...after(20_000) }).allowed, false);
  assert.equal(controller.check({ ...start, ...after(20_000), lane: south, direction: 'out' }).allowed, true);
  controller.opened({ ...passage(20_000, south), direction: 'out' });
  assert.equal(controller.check({ ...start, ...after(40_000) }).allowed, true);
});

test('where a sensor counts, an open gate alone is no passage', () => {
  const controller = createAccessController(
    site({ lanes: new Map([[north, policy({ zones: street, counts: 'passed' })]]) }),
  );
  controller.opened(passage());
  assert.equal(controller.check({ ...start, ...after(1) }).allowed, true);
  controller.passed(passage());
  assert.equal(controller.check({ ...start, ...after(1) }).allowed, false);
});

test('a passage counts for each quota that is about it', () => {
  const day = dayOf('UTC');
  const quotas = [
    { id: 'all', groups: 'everyone', lanes: 'all', perDay: 2, day },
    { id: 'south', groups: 'everyone', lanes: new Set([south]), perDay: 1, day },
  ] as const;
  const controller = createAccessController(model({ quotas }));
  controller.opened(passage());
  assert.equal(controller.check({ ...start, lane: south }).allowed, true);
  controller.opened(passage(0, south));
  assert.equal(controller.check(start).allowed, false);
  assert.equal(controller.check({ ...start, at: utc('2026-06-16T10:00') }).allowed, true);
});

test('an operator resets one person or all, and erasing leaves nothing', () => {
  const controller = createAccessController(site());
  controller.opened(passage());
  controller.opened({ ...passage(), person: bob });
  controller.reset(ada);
  assert.deepEqual(
    [ada, bob].map((person) => controller.check({ ...start, person }).allowed),
    [true, false],
  );
  controller.reset();
  assert.equal(controller.check({ ...start, person: bob }).allowed, true);
  controller.forget(ada);
  assert.deepEqual([...controller.records.keys()], [bob]);
});

test('new rules hold at once, and who is where is kept', () => {
  const controller = createAccessController(site());
  controller.opened(passage());
  controller.replace(site({ rules: [rule('deny', 'everyone')] }));
  const answer = controller.check({ ...start, ...after(20_000) });
  assert.equal(!answer.allowed && answer.reason, 'denied');
  controller.replace(site());
  assert.equal(controller.check({ ...start, ...after(20_000) }).allowed, false);
});

test('a lane is told what to look for, and nothing where its own rules decide', () => {
  const credentials = { usual: 'badge-only', exceptions: [] } as const;
  const controller = createAccessController(model({ lanes: new Map([[north, policy({ credentials })]]) }));
  assert.deepEqual(controller.asked(north, start.at), {
    faceAlone: false,
    badgeThenFace: false,
    badgeAlone: true,
  });
  assert.equal(controller.asked(south, start.at), undefined);
});

test('after a restart everybody is where they were, and after a reboot only times are forgotten', () => {
  const controller = createAccessController(site());
  controller.opened(passage());
  const saved = saveRecords(controller.records, 'boot-1');
  assert.deepEqual(restoreRecords(saved, 'boot-1'), controller.records);
  const rebooted = createAccessController(site(), restoreRecords(saved, 'boot-2'));
  const answer = rebooted.check({ ...start, now: monotonic(5) });
  assert.equal(!answer.allowed && answer.reason, 'passback-wrong-side');
  assert.equal(rebooted.check({ ...start, now: monotonic(5), lane: south, direction: 'out' }).allowed, true);
});

for (const [what, text] of [
  ['no JSON', '{'],
  ['another version', '{"v":2,"boot":"b","people":{}}'],
  [
    'a count that is no number',
    '{"v":1,"boot":"b","people":{"ada":{"passed":{},"counts":{"q":{"day":"x","count":"1"}}}}}',
  ],
] as const)
  test(`${what} is no record`, () => assert.equal(restoreRecords(text, 'b'), undefined));

const hold = millis(3000);

test('of two lanes that want one person at once, the first has them', () => {
  const personLocks = createPersonLocks(hold);
  const now = monotonic(5);
  assert.deepEqual([personLocks.take(ada, north, now), personLocks.take(ada, south, now)], [true, false]);
  assert.equal(personLocks.take(bob, south, now), true);
});

test('the lane that has the person may ask again, and keeps them longer by it', () => {
  const personLocks = createPersonLocks(hold);
  personLocks.take(ada, north, monotonic(0));
  assert.equal(personLocks.take(ada, north, monotonic(2000)), true);
  assert.equal(personLocks.take(ada, south, monotonic(5000)), false);
});

test('a claim ends by itself after its time, and not before', () => {
  const personLocks = createPersonLocks(hold);
  personLocks.take(ada, north, monotonic(0));
  assert.equal(personLocks.take(ada, south, monotonic(3000)), false);
  assert.equal(personLocks.take(ada, south, monotonic(3001)), true);
});

test('a lane gives back only what it has', () => {
  const personLocks = createPersonLocks(hold);
  personLocks.take(ada, north, monotonic(0));
  personLocks.release(ada, south);
  assert.equal(personLocks.take(ada, south, monotonic(1)), false);
  personLocks.release(ada, north);
  assert.equal(personLocks.take(ada, south, monotonic(1)), true);
});

test('at a time that is no number nobody gets anybody', () =>
  assert.equal(createPersonLocks(hold).take(ada, north, monotonic(Number.NaN)), false));

test('an opening that did not take place is taken back, unless something was recorded since', () => {
  const controller = createAccessController(site());
  const takeBack = controller.opened(passage());
  assert.equal(controller.check({ ...start, ...after(20_000) }).allowed, false);
  takeBack();
  assert.equal(controller.check({ ...start, ...after(20_000) }).allowed, true);
  const tooLate = controller.opened(passage(30_000));
  controller.opened({ ...passage(40_000, south), direction: 'out' });
  controller.opened(passage(50_000));
  tooLate();
  assert.equal(controller.check({ ...start, ...after(70_000) }).allowed, false);
});
