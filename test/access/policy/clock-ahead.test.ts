import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createAccessController } from '../../../src/access/policy/access-controller.js';
import type { PersonRecord } from '../../../src/access/policy/access-record.js';
import { restoreRecords, saveRecords } from '../../../src/access/policy/access-store.js';
import type { Quota } from '../../../src/access/policy/quota.js';
import { dayOf } from '../../../src/access/policy/schedule.js';
import type { PersonId } from '../../../src/base/ids.js';
import { monotonic, type WallTime, wallTime } from '../../../src/base/units.js';
import { holds } from '../../support/properties.js';
import { ada, model, north, policy, request, utc } from './sample.js';

const day = dayOf('Europe/Berlin');
const once: Quota = { id: 'day', groups: 'everyone', lanes: 'all', perDay: 1, day };
const street = { from: 'street', to: 'hall' };
const rules = () =>
  model({
    quotas: [once],
    lanes: new Map([[north, policy({ zones: street })]]),
    passback: { zones: 'hard', day },
  });
const wrong = utc('2036-01-01T10:00');
const today = utc('2026-06-15T10:00');
const tomorrow = utc('2026-06-16T10:00');

/** One passage counted at an instant, then asked again at others. */
function site(at: WallTime, remembered?: ReadonlyMap<PersonId, PersonRecord>) {
  const settled: PersonId[] = [];
  const controller = createAccessController(rules(), remembered, (person) => settled.push(person));
  if (remembered === undefined)
    controller.opened({ person: ada, lane: north, direction: 'in', now: monotonic(0), at });
  const ask = (when: WallTime) => {
    const answer = controller.check(request({ at: when, now: monotonic(1e9) }));
    return answer.allowed ? 'allowed' : answer.reason;
  };
  return { desk: controller, ask, settled };
}

test('a quota counted while the clock was ahead keeps a person out for the day on which it is noticed, and no longer', () => {
  const { desk: controller, ask, settled } = site(wrong);
  controller.reset(ada);
  assert.equal(ask(today), 'quota-used-up');
  assert.equal(ask(tomorrow), 'allowed');
  assert.deepEqual(settled, [ada, ada]);
});

test('a reset by an operator helps against a quota counted while the clock was ahead', () => {
  const { desk, ask } = site(wrong);
  assert.notEqual(ask(today), 'allowed');
  desk.reset(ada);
  assert.equal(ask(today), 'allowed');
});

test('a reset by an operator leaves the quota of the day alone', () => {
  const { desk, ask } = site(today);
  desk.reset(ada);
  assert.equal(ask(today), 'quota-used-up');
});

test('whose side was written down while the clock was ahead is unknown again on the next day', () => {
  const { desk, ask } = site(wrong);
  const zoneOnly = createAccessController(
    { ...rules(), quotas: [] },
    new Map([[ada, { ...desk.records.get(ada), passed: {}, counts: {} }]]),
  );
  const asked = [today, tomorrow].map((at) => zoneOnly.check(request({ at })).allowed);
  assert.deepEqual(asked, [false, true]);
  assert.notEqual(ask(today), 'allowed');
});

test('what was noticed is known after a restart, so that the next day ends it', () => {
  const { desk, ask } = site(wrong);
  ask(today);
  const restored = restoreRecords(saveRecords(desk.records, 'a'), 'b');
  assert.equal(site(tomorrow, restored).ask(tomorrow), 'allowed');
});

test('a lane that only looks for the next credential notices it for everybody', () => {
  const { desk, ask } = site(wrong);
  desk.asked(north, today);
  assert.equal(ask(tomorrow), 'allowed');
});

test('a clock that is behind for a while and then right forgives nothing of the day', () => {
  const { ask } = site(today);
  assert.equal(ask(utc('2026-06-10T10:00')), 'passback-wrong-side');
  assert.equal(ask(wallTime(today + 1000)), 'passback-wrong-side');
});

test('never allows more than the quota within one day of the place while the clock runs forward', async (t) => {
  const hours = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 60 });
  await holds(
    t,
    fc.property(hours, (steps) => {
      const desk = createAccessController(model({ quotas: [once] }));
      const counted = new Map<string, number>();
      let at = today;
      for (const step of steps) {
        at = wallTime(at + step * 3_600_000);
        if (!desk.check(request({ at })).allowed) continue;
        desk.opened({ person: ada, lane: north, direction: 'in', now: monotonic(0), at });
        const name = day(at) ?? '';
        counted.set(name, (counted.get(name) ?? 0) + 1);
      }
      assert.ok([...counted.values()].every((count) => count <= 1));
    }),
    { short: 100, long: 20_000 },
  );
});
