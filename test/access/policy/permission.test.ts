import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type AccessRule, objectionByRules } from '../../../src/access/policy/permission.js';
import { always, never, validDays } from '../../../src/access/policy/schedule.js';
import { laneId } from '../../../src/base/ids.js';
import { wallTime } from '../../../src/base/units.js';
import { holds } from '../../support/properties.js';
import { north, rule, south, utc } from './sample.js';

const at = utc('2026-06-15T10:00');
const past = validDays('UTC', { last: '2026-06-14' });
const future = validDays('UTC', { first: '2026-06-16' });
const staff = rule('grant', ['staff']);

for (const [what, rules, expected] of [
  ['a group that is granted passes', [staff], undefined],
  ['everyone passes where everyone may', [rule('grant', 'everyone')], undefined],
  ['without rules nobody passes', [], 'no-access'],
  ['another group’s grant is none', [rule('grant', ['cleaners'])], 'no-access'],
  ['another lane’s grant is none', [rule('grant', ['staff'], { lanes: [south] })], 'no-access'],
  ['a grant that has no hours now says so', [rule('grant', ['staff'], { during: never })], 'outside-hours'],
  [
    'a second grant that has hours now suffices',
    [rule('grant', ['staff'], { during: never }), staff],
    undefined,
  ],
  [
    'a grant that has not begun says so',
    [rule('grant', ['staff'], { valid: future })],
    'access-not-yet-valid',
  ],
  ['a grant that is over says so', [rule('grant', ['staff'], { valid: past })], 'access-expired'],
  ['a denial beats a grant', [staff, rule('deny', ['staff'])], 'denied'],
  ['a denial beats a grant that comes later', [rule('deny', 'everyone'), staff], 'denied'],
  ['a denial of another lane is none', [staff, rule('deny', 'everyone', { lanes: [south] })], undefined],
  ['a denial outside its hours is none', [staff, rule('deny', 'everyone', { during: never })], undefined],
  ['a denial that is over is none', [staff, rule('deny', 'everyone', { valid: past })], undefined],
  ['a denial that has not begun is none', [staff, rule('deny', 'everyone', { valid: future })], undefined],
] as const) {
  test(what, () =>
    assert.equal(objectionByRules(rules, { groups: new Set(['staff']), lane: north, at }), expected),
  );
}

const groups = fc.constantFrom('staff', 'cleaners', 'visitors');
const lanes = fc.constantFrom(north, south, laneId('west'));
const anyRule: fc.Arbitrary<AccessRule> = fc
  .record({
    effect: fc.constantFrom('grant' as const, 'deny' as const),
    groups: fc.oneof(fc.constant('everyone' as const), fc.array(groups)),
    lanes: fc.oneof(fc.constant('all' as const), fc.array(lanes)),
    during: fc.constantFrom(always, never),
    valid: fc.constantFrom(past, future, validDays('UTC', {})),
  })
  .map(({ effect, groups: who, ...rest }) => rule(effect, who, rest));
const anyOptions = fc
  .record({ groups: fc.array(groups), lane: lanes })
  .map((wish) => ({ ...wish, groups: new Set(wish.groups), at }));

test('a denial more never lets anybody in', async (t) => {
  await holds(
    t,
    fc.property(fc.array(anyRule), anyRule, anyOptions, fc.nat(20), (rules, extra, wish, where) => {
      const more = rules.toSpliced(where % (rules.length + 1), 0, { ...extra, effect: 'deny' });
      if (objectionByRules(rules, wish) !== undefined)
        assert.notEqual(objectionByRules(more, wish), undefined);
    }),
    { short: 100, long: 20_000 },
  );
});

test('a grant more never lets anybody in past a denial', async (t) => {
  await holds(
    t,
    fc.property(fc.array(anyRule), anyRule, anyOptions, (rules, extra, wish) => {
      if (objectionByRules(rules, wish) === 'denied')
        assert.equal(objectionByRules([...rules, { ...extra, effect: 'grant' }], wish), 'denied');
    }),
    { short: 100, long: 100_000 },
  );
});

test('the order of the rules says nothing', async (t) => {
  await holds(
    t,
    fc.property(fc.array(anyRule), anyOptions, (rules, wish) =>
      assert.equal(objectionByRules(rules.toReversed(), wish), objectionByRules(rules, wish)),
    ),
    { short: 100, long: 20_000 },
  );
});

test('at a time that is no number nobody passes, whatever the rules', async (t) => {
  await holds(
    t,
    fc.property(fc.array(anyRule), anyOptions, (rules, wish) =>
      assert.equal(objectionByRules(rules, { ...wish, at: wallTime(Number.NaN) }), 'clock-implausible'),
    ),
    { short: 100, long: 100_000 },
  );
});
