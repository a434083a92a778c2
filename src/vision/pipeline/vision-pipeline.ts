/** Runs the vision pipeline of a lane: grab, process, report, until the source ends or the signal aborts. */
import type { Clock } from '../../base/clock.js';
import { pause } from '../../base/delay.js';
import { frameSeq, type Millis, type Monotonic, millis, monotonic } from '../../base/units.js';
import type { CameraSupervisor } from '../camera/supervise-camera.js';
import { type Jpeg, type Picture, SNAPSHOT } from '../ports/picture.js';
import type { EndReport, FrameReport } from '../ports/vision.js';
import { startStopwatch } from './frame-report.js';
import { type FrameMemory, type FrameProcessing, processFrame } from './process-frame.js';
import type { EncoderSelfTest } from './self-test.js';

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

/** Serves snapshot requests: the next picture goes out once, and only while the request waits for it. */
interface SnapshotRequests {
  /** The newest request takes the place of the one before. @param patience how long it waits. */
  accept(id: number, patience: Millis, now: Monotonic): void;
  /** To be called with each new picture; does nothing most of the time. */
  serve(picture: Pick<Picture, 'jpeg'>, now: Monotonic): void;
}

export function createSnapshotRequests(say: (id: number, jpeg: Jpeg) => void): SnapshotRequests {
  let wanted: { readonly id: number; readonly until: Monotonic } | undefined;
  return {
    accept(id, patience, now) {
      wanted = { id, until: monotonic(now + patience) };
    },
    serve(picture, now) {
      if (wanted === undefined) return;
      const { id, until } = wanted;
      wanted = undefined;
      // A camera that comes back later shows a person whose picture was not requested.
      if (now <= until) say(id, picture.jpeg(SNAPSHOT.side, SNAPSHOT.bytes));
    },
  };
}
