/** How late does this process come to what it has to do? */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { LoopDelay } from './health-port.js';

export interface EventLoopWatch {
  /** Since the last time, which is forgotten by that; absent when nothing was measured. */
  take(): LoopDelay | undefined;
  close(): void;
}

const RESOLUTION_MS = 10;

/** A timer every 10 ms in native code: well below 0.1 % of one core. */
export function watchEventLoop(): EventLoopWatch {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  // What is recorded is the whole time between two ticks.
  const late = (nanoseconds: number): number =>
    Math.max(0, Math.round((nanoseconds / 1e6 - RESOLUTION_MS) * 10) / 10);
  return {
    take() {
      if (histogram.count === 0) return undefined;
      const { max } = histogram;
      const [p50, p99] = [histogram.percentile(50), histogram.percentile(99)];
      histogram.reset();
      return { p50: late(p50), p99: late(p99), max: late(max) };
    },
    close: () => void histogram.disable(),
  };
}
