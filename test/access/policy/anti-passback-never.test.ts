import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createAccessController } from '../../../src/access/policy/access-controller.js';
import { millis, monotonic, wallTime } from '../../../src/base/units.js';
import { holds } from '../../support/properties.js';
import { ada, bob, model, north, policy, request, rule, south, utc } from './sample.js';

const START = utc('2026-06-15T10:00');
const AGAIN = millis(5000);
const zones = { from: 'street', to: 'hall' };

/** Two people, two doors of one hall; a gate that opens or does not; an operator who resets now and then. */
const step = fc.record({
  person: fc.constantFrom(ada, bob),
  lane: fc.constantFrom(north, south),
  direction: fc.constantFrom('in' as const, 'out' as const),
  wait: fc.integer({ min: 0, max: 12_000 }),
  end: fc.constantFrom('opened' as const, 'opened' as const, 'withdrawn' as const),
  isReset: fc.integer({ min: 0, max: 19 }).map((n) => n === 0),
});

const siteWith = (passback: Parameters<typeof model>[0]) =>
  createAccessController(
    model({
      groupsOf: () => new Set(['staff']),
      rules: [rule('grant', 'everyone')],
      lanes: new Map([
        [north, policy({ zones })],
        [south, policy({ zones })],
      ]),
      ...passback,
    }),
  );

test('under hard anti-passback nobody goes in twice without having gone out, by whichever doors', async (t) => {
  await holds(
    t,
    fc.property(fc.array(step, { minLength: 2, maxLength: 30 }), (steps) => {
      const controller = siteWith({ passback: { zones: 'hard' } });
      const inside = new Map<string, 'in' | 'out'>();
      let time = 1_000_000;
      for (const { person, lane, direction, wait, end, isReset } of steps) {
        time += wait;
        const when = { now: monotonic(time), at: wallTime(START + time) };
        if (isReset) {
          controller.reset(person);
          inside.delete(person);
        }
        const answer = controller.admit(request({ person, lane, direction, ...when }));
        if (!answer.allowed) continue;
        assert.notEqual(inside.get(person), direction, `${person} ${direction} twice`);
        if (end === 'withdrawn') {
          controller.withdrawn(person, lane);
          continue;
        }
        controller.opened({ person, lane, direction, ...when });
        inside.set(person, direction);
      }
    }),
    { short: 300, long: 50_000 },
  );
});

test('nobody passes to the same side again within the time, whatever happens in between', async (t) => {
  await holds(
    t,
    fc.property(fc.array(step, { minLength: 2, maxLength: 30 }), (steps) => {
      const controller = siteWith({ passback: { zones: 'off', again: AGAIN } });
      const last = new Map<string, number>();
      let time = 1_000_000;
      for (const { person, lane, direction, wait, end } of steps) {
        time += wait;
        const when = { now: monotonic(time), at: wallTime(START + time) };
        const answer = controller.admit(request({ person, lane, direction, ...when }));
        if (!answer.allowed) continue;
        const before = last.get(`${person} ${direction}`);
        assert.ok(
          before === undefined || time - before >= AGAIN,
          `${person} after ${time - (before ?? 0)} ms`,
        );
        if (end === 'withdrawn') {
          controller.withdrawn(person, lane);
          continue;
        }
        controller.opened({ person, lane, direction, ...when });
        last.set(`${person} ${direction}`, time);
      }
    }),
    { short: 300, long: 50_000 },
  );
});
