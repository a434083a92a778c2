import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { millis } from '../../../src/base/units.js';
import { createLaneCounters } from '../../../src/lane/health/counters.js';
import { sameFields } from '../../support/same-fields.js';

test('a lane that did nothing has counts of zero and no latencies', () =>
  sameFields(createLaneCounters().take(), { frames: 0, skipped: 0, dropped: 0 }));

test('what was taken is forgotten', () => {
  const counters = createLaneCounters();
  counters.frame({ age: millis(40), skipped: 2 });
  counters.dropped(3);
  counters.acknowledged(millis(12));
  const first = counters.take();
  sameFields([first.frames, first.skipped, first.dropped, first.gate?.count], [1, 2, 3, 1]);
  sameFields(counters.take(), { frames: 0, skipped: 0, dropped: 0 });
});

test('percentiles are those of the sorted ages, within one per cent and a tenth of a ms', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 5000, noNaN: true }), { minLength: 1, maxLength: 300 }),
      (ages) => {
        const counters = createLaneCounters();
        for (const age of ages) counters.frame({ age: millis(age), skipped: 0 });
        const spread = counters.take().frameAge;
        assert.ok(spread);
        const sorted = ages.toSorted((a, b) => a - b);
        for (const [share, told] of [
          [0.5, spread.p50],
          [0.95, spread.p95],
          [0.99, spread.p99],
          [1, spread.max],
        ] as const) {
          const right = sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
          assert.ok(Math.abs(told - right) <= right * 0.01 + 0.1, `${told} for ${right}`);
        }
        assert.equal(spread.count, ages.length);
      },
    ),
  );
});

for (const age of [Number.NaN, -1])
  test(`an age of ${age} is not counted among the latencies`, () => {
    const counters = createLaneCounters();
    counters.frame({ age: millis(age), skipped: 0 });
    sameFields(counters.take(), { frames: 1, skipped: 0, dropped: 0 });
  });

test('an age of an hour counts as a minute', () => {
  const counters = createLaneCounters();
  counters.frame({ age: millis(3_600_000), skipped: 0 });
  const max = counters.take().frameAge?.max ?? 0;
  assert.ok(Math.abs(max - 60_000) < 600);
});
