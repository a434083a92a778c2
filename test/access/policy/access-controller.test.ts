import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccessController } from '../../../src/access/policy/access-controller.js';
import { dayOf } from '../../../src/access/policy/days.js';
import type { AccessModel } from '../../../src/access/policy/model.js';
import { restoreRecords, saveRecords } from '../../../src/access/policy/saved-records.js';
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
  const desk = createAccessController(model());
  const answers = [desk.admit(start), desk.admit({ ...start, lane: south })];
  assert.deepEqual(answers, [
    { allowed: true, notices: [] },
    { allowed: false, reason: 'claimed-elsewhere', notices: [] },
  ]);
});

test('a lane whose gate did not open gives the person back', () => {
  const desk = createAccessController(model());
  desk.admit(start);
  desk.withdrawn(ada, north);
  assert.equal(desk.admit({ ...start, lane: south }).allowed, true);
});

test('somebody who is refused at one lane keeps nobody from passing at the next', () => {
  const desk = createAccessController(model({ rules: [rule('grant', ['staff'], { lanes: [south] })] }));
  assert.equal(desk.admit(start).allowed, false);
  assert.equal(desk.admit({ ...start, lane: south }).allowed, true);
});

test('asking changes nothing', () => {
  const desk = createAccessController(site());
  for (let i = 0; i < 3; i++) assert.equal(desk.check(start).allowed, true);
  assert.equal(desk.admit({ ...start, lane: south, direction: 'out' }).allowed, true);
  assert.equal(desk.records.size, 0);
});

test('a passage is remembered until the person has gone out', () => {
  const desk = createAccessController(site());
  desk.opened(passage());
  assert.equal(desk.check({ ...start, ...after(20_000) }).allowed, false);
  assert.equal(desk.check({ ...start, ...after(20_000), lane: south, direction: 'out' }).allowed, true);
  desk.opened({ ...passage(20_000, south), direction: 'out' });
  assert.equal(desk.check({ ...start, ...after(40_000) }).allowed, true);
});

test('where a sensor counts, an open gate alone is no passage', () => {
  const desk = createAccessController(
    site({ lanes: new Map([[north, policy({ zones: street, counts: 'passed' })]]) }),
  );
  desk.opened(passage());
  assert.equal(desk.check({ ...start, ...after(1) }).allowed, true);
  desk.passed(passage());
  assert.equal(desk.check({ ...start, ...after(1) }).allowed, false);
});

test('a passage counts for each quota that is about it', () => {
  const day = dayOf('UTC');
  const quotas = [
    { id: 'all', groups: 'everyone', lanes: 'all', perDay: 2, day },
    { id: 'south', groups: 'everyone', lanes: new Set([south]), perDay: 1, day },
  ] as const;
  const desk = createAccessController(model({ quotas }));
  desk.opened(passage());
  assert.equal(desk.check({ ...start, lane: south }).allowed, true);
  desk.opened(passage(0, south));
  assert.equal(desk.check(start).allowed, false);
  assert.equal(desk.check({ ...start, at: utc('2026-06-16T10:00') }).allowed, true);
});

test('an operator resets one person or all, and erasing leaves nothing', () => {
  const desk = createAccessController(site());
  desk.opened(passage());
  desk.opened({ ...passage(), person: bob });
  desk.reset(ada);
  assert.deepEqual(
    [ada, bob].map((person) => desk.check({ ...start, person }).allowed),
    [true, false],
  );
  desk.reset();
  assert.equal(desk.check({ ...start, person: bob }).allowed, true);
  desk.forget(ada);
  assert.deepEqual([...desk.records.keys()], [bob]);
});

test('new rules hold at once, and who is where is kept', () => {
  const desk = createAccessController(site());
  desk.opened(passage());
  desk.replace(site({ rules: [rule('deny', 'everyone')] }));
  const answer = desk.check({ ...start, ...after(20_000) });
  assert.equal(!answer.allowed && answer.reason, 'denied');
  desk.replace(site());
  assert.equal(desk.check({ ...start, ...after(20_000) }).allowed, false);
});

test('a lane is told what to look for, and nothing where its own rules decide', () => {
  const credentials = { usual: 'badge-only', exceptions: [] } as const;
  const desk = createAccessController(model({ lanes: new Map([[north, policy({ credentials })]]) }));
  assert.deepEqual(desk.asked(north, start.at), { faceAlone: false, badgeThenFace: false, badgeAlone: true });
  assert.equal(desk.asked(south, start.at), undefined);
});

test('after a restart everybody is where they were, and after a reboot only times are forgotten', () => {
  const desk = createAccessController(site());
  desk.opened(passage());
  const saved = saveRecords(desk.records, 'boot-1');
  assert.deepEqual(restoreRecords(saved, 'boot-1'), desk.records);
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
