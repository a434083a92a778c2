/** Says every minute how a lane and its machine are, retained, for whoever watches over many of them. */
import { type Millis, millis, type WallTime } from '../../base/units.js';
import { pause } from '../../base/waiting.js';
import type { JournalHead } from '../../gallery/journal-head.js';
import type { LaneTopics } from '../../gate/topics.js';
import type { Bus } from '../../ports/bus.js';
import type { Clock } from '../../ports/clock.js';
import type { Health, ReadHealth } from '../../ports/health.js';
import type { LaneCounters, LaneCounts } from '../lane/health/counters.js';

export interface HealthReportParts {
  readonly bus: Bus;
  readonly topics: Pick<LaneTopics, 'health'>;
  readonly read: ReadHealth;
  readonly counters: LaneCounters;
  /** The newest signed head of the journal, where one was signed. */
  readonly journal?: () => JournalHead | undefined;
  readonly clock: Clock;
  /** Absent: a minute. */
  readonly every?: Millis;
}

const EVERY: Millis = millis(60_000);

/** Runs until the signal aborts. A report that the broker cannot take is not made up for: the next one says more. */
export async function reportHealth(parts: HealthReportParts, signal: AbortSignal): Promise<void> {
  const { bus, topics, read, counters, clock, journal, every = EVERY } = parts;
  let since = clock.monotonic();
  while (!signal.aborted) {
    await pause(every, signal);
    if (signal.aborted) return;
    const now = clock.monotonic();
    const counts = counters.take();
    const message = healthMessage(counts, millis(now - since), await read(), clock.wall(), journal?.());
    since = now;
    await bus.publish(topics.health, JSON.stringify(message), { qos: 0, retain: true });
  }
}

/** Pure. @param span over which was counted. */
export function healthMessage(
  counts: LaneCounts,
  span: Millis,
  health: Health,
  at: WallTime,
  journal?: JournalHead,
): Readonly<Record<string, unknown>> {
  const { frames, skipped, dropped, frameAge, gate } = counts;
  const { memory, cpuLoad, temperature, diskFree, uptime, eventLoop } = health;
  const vision = Object.values(memory?.others ?? {});
  return {
    v: 1,
    at: new Date(at).toISOString(),
    frames,
    ...(span > 0 ? { frames_per_second: Math.round((frames * 10_000) / span) / 10 } : {}),
    skipped,
    dropped,
    ...(frameAge === undefined ? {} : { frame_age_ms: frameAge }),
    ...(gate === undefined ? {} : { gate_ms: gate }),
    ...(eventLoop === undefined ? {} : { event_loop_ms: eventLoop }),
    ...(memory?.own === undefined ? {} : { memory_bytes: memory.own }),
    ...(vision.length === 0 ? {} : { vision_memory_bytes: vision.reduce((sum, one) => sum + one, 0) }),
    ...(memory?.available === undefined ? {} : { memory_available_bytes: memory.available }),
    ...(cpuLoad === undefined ? {} : { cpu_load: Math.round(cpuLoad * 1000) / 1000 }),
    ...(temperature === undefined ? {} : { temperature_c: temperature }),
    ...(diskFree === undefined ? {} : { disk_free_bytes: diskFree }),
    ...(uptime === undefined ? {} : { uptime_s: uptime }),
    ...(journal === undefined ? {} : { journal }),
  };
}
