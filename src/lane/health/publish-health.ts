/** Counts what a lane does, and publishes that and the health of its machine every minute, retained, for fleet monitoring. */

import { build, type Histogram } from 'hdr-histogram-js';
import type { Clock } from '../../base/clock.js';
import { pause } from '../../base/delay.js';
import { type Millis, millis, type WallTime } from '../../base/units.js';
import type { LaneTopics } from '../../gate/protocol/topics.js';
import type { Health, ReadHealth } from '../../platform/health-port.js';
import type { Bus } from '../../platform/mqtt/message-bus.js';
import type { JournalHead } from '../../records/journal/journal-head.js';

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
    const message = healthMessage(counts, {
      span: millis(now - since),
      health: await read(),
      at: clock.wall(),
      journal: journal?.(),
    });
    since = now;
    await bus.publish(topics.health, JSON.stringify(message), { qos: 0, retain: true });
  }
}

/** The state of the machine, and when it was read. */
interface HealthReading {
  /** Over which was counted. */
  readonly span: Millis;
  readonly health: Health;
  readonly at: WallTime;
  readonly journal?: JournalHead | undefined;
}

/** Pure. */
export function healthMessage(
  counts: LaneCounts,
  { span, health, at, journal }: HealthReading,
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

/** In ms. */
interface Spread {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** What a lane did since the last report: how many frames, how fast. */
interface LaneCounts {
  readonly frames: number;
  /** Passed over at the camera because newer ones were there. */
  readonly skipped: number;
  /** Thrown away in core because it did not keep up. */
  readonly dropped: number;
  /** From taking a picture until its verdict; absent when there was none. */
  readonly frameAge?: Spread;
  /** From sending a grant until its acknowledgement; absent when there was none. */
  readonly gate?: Spread;
}

export interface LaneCounters {
  frame(cost: { readonly age: Millis; readonly skipped: number }): void;
  dropped(count: number): void;
  acknowledged(latency: Millis): void;
  /** Everything since the last time, which is forgotten by that. */
  take(): LaneCounts;
}

/** Counted in tenths of a ms, with two digits of precision; what lasts longer than a minute counts as one. */
const PER_MS = 10;
const MAX_LENGTH = 60_000 * PER_MS;

export function createLaneCounters(): LaneCounters {
  const ages = newHistogram();
  const gate = newHistogram();
  let counts = { frames: 0, skipped: 0, dropped: 0 };
  return {
    frame({ age, skipped }) {
      counts.frames += 1;
      counts.skipped += skipped;
      note(ages, age);
    },
    dropped(count) {
      counts.dropped += count;
    },
    acknowledged: (latency) => note(gate, latency),
    take() {
      const [frameAge, acknowledged] = [spreadOf(ages), spreadOf(gate)];
      const taken = counts;
      counts = { frames: 0, skipped: 0, dropped: 0 };
      ages.reset();
      gate.reset();
      return {
        ...taken,
        frameAge,
        gate: acknowledged,
      };
    },
  };
}

function newHistogram(): Histogram {
  return build({ highestTrackableValue: MAX_LENGTH, numberOfSignificantValueDigits: 2, bitBucketSize: 32 });
}

function note(histogram: Histogram, span: Millis): void {
  // A clock that went wrong must not end the lane.
  if (!(span >= 0)) return;
  histogram.recordValue(Math.min(MAX_LENGTH, Math.round(span * PER_MS)));
}

function spreadOf(histogram: Histogram): Spread | undefined {
  if (histogram.totalCount === 0) return undefined;
  const at = (percentile: number) => histogram.getValueAtPercentile(percentile) / PER_MS;
  return {
    count: histogram.totalCount,
    p50: at(50),
    p95: at(95),
    p99: at(99),
    max: histogram.maxValue / PER_MS,
  };
}
