import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { laneId, siteId } from '../../../src/base/ids.js';
import { millis, wallTime } from '../../../src/base/units.js';
import { laneTopics } from '../../../src/gate/protocol/topics.js';
import { createLaneCounters, healthMessage, reportHealth } from '../../../src/lane/health/publish-health.js';
import { createFakeBroker } from '../../fakes/bus.js';
import { createFakeClock } from '../../fakes/clock.js';
import { sameFields } from '../../support/same-fields.js';
import { until } from '../../until.js';

const topics = laneTopics(siteId('s'), laneId('l'));
const at = wallTime(Date.UTC(2026, 0, 2, 3, 4, 5));

test('a full report names every number with its unit', () => {
  const spread = { count: 2, p50: 1, p95: 2, p99: 2, max: 2 };
  const message = healthMessage(
    { frames: 1500, skipped: 4, dropped: 1, frameAge: spread, gate: spread },
    {
      span: millis(60_000),
      health: {
        memory: { own: 100, others: { 12: 200, 13: 50 }, available: 1000 },
        cpuLoad: 0.25,
        temperature: 61.5,
        diskFree: 7,
        uptime: 9,
        eventLoop: { p50: 1, p99: 2, max: 3 },
      },
      at,
    },
  );
  sameFields(message, {
    v: 1,
    at: '2026-01-02T03:04:05.000Z',
    frames: 1500,
    frames_per_second: 25,
    skipped: 4,
    dropped: 1,
    frame_age_ms: spread,
    gate_ms: spread,
    event_loop_ms: { p50: 1, p99: 2, max: 3 },
    memory_bytes: 100,
    vision_memory_bytes: 250,
    memory_available_bytes: 1000,
    cpu_load: 0.25,
    temperature_c: 61.5,
    disk_free_bytes: 7,
    uptime_s: 9,
  });
});

test('what is not known is left out', () =>
  sameFields(healthMessage({ frames: 0, skipped: 0, dropped: 0 }, { span: millis(0), health: {}, at }), {
    v: 1,
    at: '2026-01-02T03:04:05.000Z',
    frames: 0,
    skipped: 0,
    dropped: 0,
  }));

test('reports go out again and again, retained at QoS 0, each over its own span', async (t) => {
  const broker = createFakeBroker();
  const bus = broker.connect();
  const clock = createFakeClock();
  const counters = createLaneCounters();
  const stop = new AbortController();
  counters.frame({ age: millis(40), skipped: 0 });
  const read = async () => {
    clock.pass(1000);
    return {};
  };
  clock.pass(0);
  const ended = reportHealth({ bus, topics, read, counters, clock, every: millis(20) }, stop.signal);
  t.after(() => ended);
  await until(() => broker.published.length >= 2, 'two reports');
  stop.abort();
  await ended;
  const [first, second] = broker.published.map(({ payload }) => JSON.parse(payload));
  sameFields([first.frames, second.frames], [1, 0]);
  assert.equal(second.frames_per_second, 0);
  sameFields(
    [...new Set(broker.published.map(({ topic, qos, retain }) => `${topic} ${qos} ${retain}`))],
    [`${topics.health} 0 true`],
  );
});

test('a broker that is away does not end the reports, and an old one is not made up for', async (t) => {
  const broker = createFakeBroker();
  const bus = broker.connect();
  const stop = new AbortController();
  broker.cut();
  let reads = 0;
  const read = async () => {
    reads += 1;
    return {};
  };
  const parts = {
    bus,
    topics,
    read,
    counters: createLaneCounters(),
    clock: createFakeClock(),
    every: millis(10),
  };
  const ended = reportHealth(parts, stop.signal);
  t.after(async () => {
    stop.abort();
    await ended;
  });
  await until(() => reads >= 3, 'three reports nobody took');
  sameFields(broker.published, []);
  broker.restore();
  await until(() => broker.published.length >= 1, 'a report');
});

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
