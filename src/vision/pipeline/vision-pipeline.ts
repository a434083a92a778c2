/** Runs the vision pipeline of a lane: grab, process, report, until the source ends or the signal aborts. */
import type { Clock } from '../../base/clock.js';
import { pause } from '../../base/delay.js';
import { type FrameSeq, frameSeq, type Millis, type Monotonic, millis, monotonic } from '../../base/units.js';
import type { CameraSupervisor } from '../camera/supervise-camera.js';
import type { Box } from '../geometry.js';
import { type Jpeg, LIVE_PICTURE, type Picture, SNAPSHOT } from '../ports/picture.js';
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
        snapshots?.serve(step.picture, clock.monotonic(), frameSeq(frames - 1));
      } finally {
        step.picture.release();
      }
    }
  } finally {
    camera.close();
  }
}

type SnapshotView = 'live' | 'live-zone';

interface SnapshotRequest {
  readonly id: number;
  /** How long it waits. */
  readonly patience: Millis;
  /** Absent: a whole picture. */
  readonly view?: SnapshotView;
}

/** Serves snapshot requests: the next picture goes out once, and only while the request waits for it. */
interface SnapshotRequests {
  /** The newest request takes the place of the one before. */
  accept(request: SnapshotRequest, now: Monotonic): void;
  /** To be called with each new picture; does nothing most of the time. */
  serve(picture: Pick<Picture, 'jpeg'>, now: Monotonic, seq: FrameSeq): void;
}

/** @param zone the region of interest, as shares of the picture. */
export function createSnapshotRequests(
  send: (snapshot: { readonly id: number; readonly seq: FrameSeq } & Jpeg) => void,
  zone: () => Box | undefined = () => undefined,
): SnapshotRequests {
  let wanted: { readonly request: SnapshotRequest; readonly until: Monotonic } | undefined;
  return {
    accept(request, now) {
      wanted = { request, until: monotonic(now + request.patience) };
    },
    serve(picture, now, seq) {
      if (wanted === undefined) return;
      const { request, until } = wanted;
      wanted = undefined;
      // A camera that comes back later shows a person whose picture was not requested.
      if (now <= until) send({ id: request.id, seq, ...pictureFor(picture, request.view, zone()) });
    },
  };
}

/** Where the region is not known nothing of the picture is clear. */
const NOTHING: Box = { x: 0, y: 0, width: 0, height: 0 };

function pictureFor(
  picture: Pick<Picture, 'jpeg'>,
  view: SnapshotView | undefined,
  zone: Box | undefined,
): Jpeg {
  if (view === undefined) return picture.jpeg(SNAPSHOT.side, SNAPSHOT.bytes);
  const { side, bytes } = LIVE_PICTURE;
  return view === 'live' ? picture.jpeg(side, bytes) : picture.jpeg(side, bytes, zone ?? NOTHING);
}
