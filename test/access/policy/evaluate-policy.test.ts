import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { blankRecord, type PersonRecord } from '../../../src/access/policy/access-record.js';
import { evaluatePolicy } from '../../../src/access/policy/evaluate-policy.js';
import { OPERATOR_MODES } from '../../../src/access/policy/model.js';
import { dayOf, never } from '../../../src/access/policy/schedule.js';
import { millis, monotonic, wallTime } from '../../../src/base/units.js';
import { holds } from '../../support/properties.js';
import { ada, bob, eve, model, north, policy, request, rule } from './sample.js';

const reasonOf = (...of: Parameters<typeof evaluatePolicy>) => {
  const answer = evaluatePolicy(...of);
  return answer.allowed ? 'allowed' : answer.reason;
};
const suspended = model({ rules: [rule('grant', ['staff']), rule('deny', ['suspended'])] });
const asks = (change: Parameters<typeof policy>[0]) => model({ lanes: new Map([[north, policy(change)]]) });
const inHall: PersonRecord = { ...blankRecord, zone: { id: 'hall', day: '2026-06-15' } };
const quota = { id: 'q', groups: 'everyone', lanes: 'all', perDay: 1, day: dayOf('UTC') } as const;
const usedUp: PersonRecord = { ...blankRecord, counts: { q: { day: '2026-06-15', count: 1 } } };

for (const [what, rules, record, change, expected] of [
  ['staff pass', model(), blankRecord, {}, 'allowed'],
  ['strangers to the rules do not', model(), blankRecord, { person: eve }, 'no-access'],
  ['the suspended do not', suspended, blankRecord, { person: bob }, 'denied'],
  [
    'outside hours nobody does',
    model({ rules: [rule('grant', 'everyone', { during: never })] }),
    blankRecord,
    {},
    'outside-hours',
  ],
  ['in lockdown nobody does', model(), blankRecord, { mode: 'lockdown' }, 'lockdown'],
  [
    'in lockdown nobody goes out either',
    model(),
    blankRecord,
    { mode: 'lockdown', direction: 'out' },
    'lockdown',
  ],
  [
    'at free exit even the suspended go out',
    suspended,
    blankRecord,
    { person: bob, mode: 'free-exit', direction: 'out' },
    'allowed',
  ],
  [
    'at free exit the way in is as usual',
    suspended,
    blankRecord,
    { person: bob, mode: 'free-exit' },
    'denied',
  ],
  [
    'at free exit people go out without a clock',
    model(),
    blankRecord,
    { mode: 'free-exit', direction: 'out', at: wallTime(Number.NaN), now: monotonic(Number.NaN) },
    'allowed',
  ],
  [
    'without a badge where both are asked for nobody does',
    asks({ credentials: { usual: 'badge-and-face', exceptions: [] } }),
    blankRecord,
    {},
    'badge-required',
  ],
  [
    'a group whose badge suffices passes without a face',
    asks({ credentials: { usual: 'badge-and-face', exceptions: [] }, badgeSuffices: new Set(['staff']) }),
    blankRecord,
    { shown: { face: false, badge: true } },
    'allowed',
  ],
  [
    'a badge that suffices for another group does not',
    asks({ credentials: { usual: 'badge-and-face', exceptions: [] }, badgeSuffices: new Set(['cleaners']) }),
    blankRecord,
    { shown: { face: false, badge: true } },
    'face-required',
  ],
  [
    'a badge that suffices opens nothing where it was not shown',
    asks({ credentials: { usual: 'badge-only', exceptions: [] }, badgeSuffices: new Set(['staff']) }),
    blankRecord,
    { shown: { face: true, badge: false } },
    'badge-required',
  ],
  [
    'with somebody behind nobody does where that is refused',
    asks({ tailgating: 'refuse' }),
    blankRecord,
    { behind: true },
    'tailgating-suspected',
  ],
  [
    'with somebody behind people do where that is off',
    asks({ tailgating: 'off' }),
    blankRecord,
    { behind: true },
    'allowed',
  ],
  [
    'from the wrong side nobody does',
    { ...asks({ zones: { from: 'street', to: 'hall' } }), passback: { zones: 'hard' } },
    inHall,
    {},
    'passback-wrong-side',
  ],
  [
    'a moment later nobody does',
    model({ passback: { zones: 'off', again: millis(60_000) } }),
    { ...blankRecord, passed: { 'direction:in': monotonic(990_000) } },
    {},
    'passback-too-soon',
  ],
  ['once more than allowed nobody does', model({ quotas: [quota] }), usedUp, {}, 'quota-used-up'],
  [
    'by a clock that is no number nobody does',
    model(),
    blankRecord,
    { at: wallTime(Number.NaN) },
    'clock-implausible',
  ],
  [
    'by a monotonic clock that is no number nobody does',
    model(),
    blankRecord,
    { now: monotonic(Number.NaN) },
    'clock-implausible',
  ],
] as const) {
  test(`who passes: ${what}`, () => assert.equal(reasonOf(rules, record, request(change)), expected));
}

test('somebody on the watch list hears and sees nothing of it', () => {
  const watchList = { people: new Set([ada]), groups: new Set<string>() };
  for (const change of [{}, { mode: 'lockdown' }, { direction: 'out', mode: 'free-exit' }] as const) {
    const { notices, ...seen } = evaluatePolicy(model({ watchList }), blankRecord, request(change));
    const { notices: none, ...plain } = evaluatePolicy(model(), blankRecord, request(change));
    assert.deepEqual(seen, plain);
    assert.deepEqual(notices, [{ notice: 'watch-list', person: ada, lane: north }]);
    assert.deepEqual(none, []);
  }
});

test('what is only reported lets people in and says so', () => {
  const lenient = {
    ...asks({ zones: { from: 'street', to: 'hall' }, tailgating: 'report' }),
    passback: { zones: 'soft' },
  } as const;
  const answer = evaluatePolicy(lenient, inHall, request({ behind: true }));
  assert.equal(answer.allowed, true);
  assert.deepEqual(
    answer.notices.map(({ notice }) => notice),
    ['tailgating-suspected', 'passback'],
  );
});

const anyRequest = fc
  .record({
    person: fc.constantFrom(ada, bob, eve),
    direction: fc.constantFrom('in' as const, 'out' as const),
    mode: fc.constantFrom(...OPERATOR_MODES),
    shown: fc.record({ face: fc.boolean(), badge: fc.boolean() }),
    behind: fc.boolean(),
    at: fc.oneof(fc.integer({ min: 0, max: 4e12 }), fc.constant(Number.NaN)).map(wallTime),
    now: fc.oneof(fc.integer({ min: 0, max: 4e9 }), fc.constant(Number.NaN)).map(monotonic),
  })
  .map(request);

test('a denial of everyone always wins, but for people who go out at free exit', async (t) => {
  const denied = model({ rules: [rule('grant', 'everyone'), rule('deny', 'everyone')] });
  await holds(
    t,
    fc.property(anyRequest, (wish) => {
      const isFree = wish.mode === 'free-exit' && wish.direction === 'out';
      assert.equal(evaluatePolicy(denied, blankRecord, wish).allowed, isFree);
    }),
    { short: 100, long: 100_000 },
  );
});

test('a time that is no number ends in a refusal, but for people who go out at free exit', async (t) => {
  const open = model({ rules: [rule('grant', 'everyone')] });
  await holds(
    t,
    fc.property(anyRequest, fc.boolean(), (wish, which) => {
      const nan = which ? { at: wallTime(Number.NaN) } : { now: monotonic(Number.NaN) };
      const isFree = wish.mode === 'free-exit' && wish.direction === 'out';
      assert.equal(evaluatePolicy(open, blankRecord, { ...wish, ...nan }).allowed, isFree);
    }),
    { short: 100, long: 100_000 },
  );
});

test('in lockdown nobody passes at all', async (t) => {
  const open = model({ rules: [rule('grant', 'everyone')] });
  await holds(
    t,
    fc.property(anyRequest, (wish) =>
      assert.equal(reasonOf(open, blankRecord, { ...wish, mode: 'lockdown' }), 'lockdown'),
    ),
    { short: 100, long: 100_000 },
  );
});
