/** Publishes the health of a lane and its machine every minute, retained, for fleet monitoring. */

import type { Clock } from '../../base/clock.js';
import { pause } from '../../base/delay.js';
import { type Millis, millis, type WallTime } from '../../base/units.js';
import type { LaneTopics } from '../../gate/protocol/topics.js';
import type { Health, ReadHealth } from '../../platform/health-port.js';
import type { Bus } from '../../platform/mqtt/message-bus.js';
import type { JournalHead } from '../../records/journal/journal-head.js';
import type { LaneCounters, LaneCounts } from './counters.js';

export interface HealthReportDependencies {
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

/** Runs until the signal aborts. A report that the broker cannot take is not made up for: the next one covers more. */
export async function reportHealth(
  dependencies: HealthReportDependencies,
  signal: AbortSignal,
): Promise<void> {
  const { bus, topics, read, counters, clock, journal, every = EVERY } = dependencies;
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
    frames_per_second: span > 0 ? Math.round((frames * 10_000) / span) / 10 : undefined,
    skipped,
    dropped,
    frame_age_ms: frameAge,
    gate_ms: gate,
    event_loop_ms: eventLoop,
    memory_bytes: memory?.own === undefined ? undefined : memory.own,
    vision_memory_bytes: vision.length === 0 ? undefined : vision.reduce((sum, one) => sum + one, 0),
    memory_available_bytes: memory?.available === undefined ? undefined : memory.available,
    cpu_load: cpuLoad === undefined ? undefined : Math.round(cpuLoad * 1000) / 1000,
    temperature_c: temperature,
    disk_free_bytes: diskFree,
    uptime_s: uptime,
    journal,
  };
}
