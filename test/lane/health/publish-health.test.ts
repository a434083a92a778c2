import assert from 'node:assert/strict';
import { test } from 'node:test';
import { laneId, siteId } from '../../../src/base/ids.js';
import { millis, wallTime } from '../../../src/base/units.js';
import { laneTopics } from '../../../src/gate/protocol/topics.js';
import { createLaneCounters } from '../../../src/lane/health/counters.js';
import { healthMessage, reportHealth } from '../../../src/lane/health/publish-health.js';
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
    millis(60_000),
    {
      memory: { own: 100, others: { 12: 200, 13: 50 }, available: 1000 },
      cpuLoad: 0.25,
      temperature: 61.5,
      diskFree: 7,
      uptime: 9,
      eventLoop: { p50: 1, p99: 2, max: 3 },
    },
    at,
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
  sameFields(healthMessage({ frames: 0, skipped: 0, dropped: 0 }, millis(0), {}, at), {
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
