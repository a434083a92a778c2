import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decisionId, laneId, personId } from '../../../src/base/ids.js';
import { falseMatchRate, wallTime } from '../../../src/base/units.js';
import {
  consequenceOf,
  consequenceUnseen,
  type Dispute,
  inForce,
  limitsAt,
} from '../../../src/records/disputes/dispute.js';
import { holds } from '../../support/properties.js';

const now = wallTime(1_000_000);
const template = (source: string, passage: number, own?: number) => ({
  source,
  passage: falseMatchRate(passage),
  own: own === undefined ? undefined : falseMatchRate(own),
});
const passage = (
  templates: readonly ReturnType<typeof template>[],
  { hasBadgeWay = false, bound = 1e-4 } = {},
) => ({ templates, bound: falseMatchRate(bound), hasBadgeWay });

test('a template that let the wrong face in is set aside where at least as many remain', () => {
  assert.deepEqual(
    consequenceOf(passage([template('wrong', 1e-6), template('a', 0.1), template('b', 0.2)])),
    {
      remedy: { kind: 'set-aside', sources: ['wrong'] },
      leavesWay: true,
    },
  );
});

test('where all templates are near, the bound becomes a tenth of the nearest look', () => {
  const { remedy, leavesWay } = consequenceOf(
    passage([template('a', 1e-5, 1e-9), template('b', 2e-5, 1e-9)]),
  );
  assert.deepEqual(remedy, { kind: 'bound', rate: falseMatchRate(1e-5 / 10) });
  assert.ok(leavesWay);
});

test('a bound that the person’s own templates do not reach leaves a way only by badge', () => {
  const alone = [template('only', 1e-5)];
  assert.equal(consequenceOf(passage(alone)).leavesWay, false);
  assert.equal(consequenceOf(passage(alone, { hasBadgeWay: true })).leavesWay, true);
  assert.equal(
    consequenceOf(passage([template('a', 1e-8, 1e-6), template('b', 1e-8, 1e-6)])).leavesWay,
    false,
  );
});

test('without the looks, a hundredth of the decision’s rate is the bound', () => {
  const { remedy } = consequenceUnseen(falseMatchRate(1e-5), [{ own: falseMatchRate(1e-9) }], false);
  assert.deepEqual(remedy, { kind: 'bound', rate: falseMatchRate(1e-5 / 100) });
});

const disputeOf = (more: Partial<Dispute> = {}): Dispute => ({
  id: 'd-1',
  decision: decisionId('decision-1'),
  person: personId('ada'),
  lane: laneId('north'),
  mode: 'identification',
  remedy: { kind: 'bound', rate: falseMatchRate(1e-6) },
  leavesWay: true,
  by: 'operator:guard',
  at: wallTime(now - 1000),
  until: wallTime(now + 1000),
  ...more,
});

test('one claimant alone never takes the last way in; a second one, about the same person and lane, does', () => {
  const first = disputeOf({ leavesWay: false });
  assert.deepEqual(inForce([first], now), []);
  assert.deepEqual(inForce([first, { ...first, id: 'd-2' }], now), []);
  assert.deepEqual(inForce([first, { ...first, id: 'd-2', by: 'unix:eve', lane: laneId('south') }], now), []);
  const second = { ...first, id: 'd-2', by: 'unix:eve' };
  assert.deepEqual(inForce([first, second], now), [first, second]);
});

test('a dispute counts until its end, exclusive, and not before it was made', () => {
  assert.equal(inForce([disputeOf({ until: now })], now).length, 0);
  assert.equal(inForce([disputeOf({ at: wallTime(now + 1) })], now).length, 0);
  assert.equal(inForce([disputeOf({ at: now })], now).length, 1);
});

test('a bound holds at its own lane, a template set aside at every lane', () => {
  const disputes = [disputeOf(), disputeOf({ id: 'd-2', remedy: { kind: 'set-aside', sources: ['wrong'] } })];
  const [north, south] = ['north', 'south'].map((lane) => limitsAt(laneId(lane), disputes, now));
  assert.deepEqual(north?.get(personId('ada')), {
    aside: new Set(['wrong']),
    identification: 1e-6,
    verification: undefined,
  });
  assert.deepEqual(south?.get(personId('ada')), { aside: new Set(['wrong']) });
});

test('a dispute of a face alone leaves badge and face as they are; one of badge and face bounds both', () => {
  const ofVerification = limitsAt(laneId('north'), [disputeOf({ mode: 'verification' })], now);
  assert.equal(ofVerification.get(personId('ada'))?.verification, 1e-6);
  assert.equal(ofVerification.get(personId('ada'))?.identification, 1e-6);
  assert.equal(limitsAt(laneId('north'), [disputeOf()], now).get(personId('ada'))?.verification, undefined);
});

const rate = fc.double({ min: 1e-12, max: 1, noNaN: true }).map(falseMatchRate);
const compared = fc.record({ source: fc.uuid(), passage: rate, own: fc.option(rate, { nil: undefined }) });
const anyPassage = fc.record({
  templates: fc.array(compared, { minLength: 1, maxLength: 8 }),
  bound: rate,
  hasBadgeWay: fc.boolean(),
});

test('whatever the passage: its looks open no more, and a way in that is promised is there', async (t) => {
  await holds(
    t,
    fc.property(anyPassage, (disputed) => {
      const { remedy, leavesWay } = consequenceOf(disputed);
      const { templates, bound, hasBadgeWay } = disputed;
      const left = templates.filter(
        ({ source }) => remedy.kind === 'bound' || !remedy.sources.includes(source),
      );
      const limit = remedy.kind === 'bound' ? Math.min(remedy.rate, bound) : bound;
      assert.ok(left.every((one) => !(one.passage <= limit)));
      if (remedy.kind === 'set-aside') assert.ok(left.length >= 1 && 2 * left.length >= templates.length);
      else if (leavesWay)
        assert.ok(hasBadgeWay || left.some(({ own }) => own !== undefined && own <= remedy.rate));
    }),
    { short: 500, long: 100_000 },
  );
});

const anyDispute = fc.record({
  id: fc.uuid(),
  decision: fc.constantFrom('d-1', 'd-2').map(decisionId),
  person: fc.constantFrom('ada', 'bob').map(personId),
  lane: fc.constantFrom('north', 'south').map(laneId),
  mode: fc.constantFrom('identification' as const, 'verification' as const),
  remedy: fc.oneof(
    rate.map((bound) => ({ kind: 'bound' as const, rate: bound })),
    fc
      .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1 })
      .map((sources) => ({ kind: 'set-aside' as const, sources })),
  ),
  leavesWay: fc.boolean(),
  by: fc.constantFrom('operator:guard', 'unix:eve'),
  at: fc.integer({ min: 0, max: 2_000_000 }).map(wallTime),
  until: fc.integer({ min: 0, max: 2_000_000 }).map(wallTime),
});

test('one more dispute never loosens a limit, and alone never takes the last way', async (t) => {
  await holds(
    t,
    fc.property(fc.array(anyDispute, { maxLength: 8 }), anyDispute, (before, more) => {
      for (const lane of ['north', 'south'].map(laneId)) {
        const [old, fresh] = [before, [...before, more]].map((some) => limitsAt(lane, some, now));
        for (const [person, limit] of old ?? []) {
          const next = fresh?.get(person);
          assert.ok(next !== undefined && [...limit.aside].every((one) => next.aside.has(one)));
          for (const kind of ['identification', 'verification'] as const) {
            const [was, is] = [limit[kind], next[kind]];
            assert.ok(was === undefined || (is !== undefined && is <= was));
          }
        }
      }
      const claimants = new Set(before.map(({ by }) => by));
      for (const one of inForce(before, now))
        assert.ok(one.leavesWay || claimants.size > 1, 'one claimant alone took the last way');
    }),
    { short: 500, long: 100_000 },
  );
});
