/** What a lane did since it was last asked: how many frames, how fast. */
import { build, type Histogram } from 'hdr-histogram-js';
import type { Millis } from '../../base/units.js';

/** In ms. */
interface Spread {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export interface LaneCounts {
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
