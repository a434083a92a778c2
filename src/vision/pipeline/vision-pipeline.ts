/** Runs the vision pipeline of a lane: grab, process, report, until the source ends or the signal aborts. */

import type { Clock } from '../../base/clock.js';
import { pause } from '../../base/delay.js';
import { frameSeq, millis } from '../../base/units.js';
import type { CameraSupervisor } from '../camera/supervise-camera.js';
import type { EndReport, FrameReport } from '../ports/vision.js';
import { type FrameMemory, type FrameProcessing, processFrame } from './process-frame.js';
import type { EncoderSelfTest } from './self-test.js';
import type { SnapshotRequests } from './serve-snapshots.js';
import { startStopwatch } from './stopwatch.js';

export interface VisionPipeline extends FrameProcessing {
  readonly camera: CameraSupervisor;
  readonly clock: Clock;
  readonly onReport: (report: FrameReport | EndReport) => void;
  /** Called between two pictures, whether or not any come. */
  readonly selfTest?: EncoderSelfTest;
  /** Absent: no snapshots. */
  readonly snapshots?: Pick<SnapshotRequests, 'serve'>;
}

/**
 * Resolves when a finite source has ended or the signal aborts.
 * @throws TwinstileError 'model-failed'.
 */
export async function runVisionPipeline(pipeline: VisionPipeline, signal: AbortSignal): Promise<void> {
  const { camera, selfTest, snapshots, clock, onReport } = pipeline;
  let memory: FrameMemory | undefined;
  let frames = 0;
  try {
    while (!signal.aborted) {
      await selfTest?.runIfDue(clock.monotonic());
      const watch = startStopwatch(clock);
      const step = camera.next();
      watch.lap('read');
      if (step.kind === 'end') return onReport({ kind: 'end', frames });
      if (step.kind === 'wait') {
        await pause(millis(step.wait), signal);
        continue;
      }
      try {
        const frame = await processFrame(pipeline, step, memory, watch);
        const timings = watch.timings();
        onReport({ ...frame.report, seq: frameSeq(frames), skipped: step.skipped, timings });
        memory = frame.memory;
        frames += 1;
        // After the report: a person at the gate does not wait for it.
        snapshots?.serve(step.picture, clock.monotonic());
      } finally {
        step.picture.release();
      }
    }
  } finally {
    camera.close();
  }
}
