/** Asks a network camera why it gives no pictures, whenever it begins to give none, so that the log has the cause and not only the state. */
import type { Clock } from '../../base/clock.js';
import { type Millis, type Monotonic, millis } from '../../base/units.js';
import type { Log } from '../../platform/log.js';
import type { CameraSource } from '../../vision/ports/camera.js';
import type { VisionReport } from '../../vision/ports/vision.js';
import type { LaneConfig } from '../config/sections/lane-section.js';
import { askStream } from './ask-stream.js';
import type { StreamAnswer } from './stream-answer.js';

interface CameraExplanation {
  readonly source: CameraSource;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly onAnswer: (answer: StreamAnswer) => void;
  /** Replaced in tests. */
  readonly ask?: typeof askStream;
}

/** A camera with one stream alone is not kept busy by questions. */
const QUESTION_EVERY: Millis = millis(60_000);

/** @returns a listener for the reports of the lane. It never throws. */
export function explainCamera({
  source,
  clock,
  onAnswer,
  ask = askStream,
}: CameraExplanation): (report: VisionReport) => void {
  if (source.kind !== 'stream') return () => {};
  const { url } = source;
  let askedAt: Monotonic | undefined;
  let last: string | undefined;
  return (report) => {
    if (report.kind === 'frame') last = undefined;
    if (report.kind !== 'camera' || !['unplugged', 'stalled', 'ended'].includes(report.status)) return;
    const now = clock.monotonic();
    if (askedAt !== undefined && now - askedAt < QUESTION_EVERY) return;
    askedAt = now;
    void ask(url).then((answer) => {
      // The same cause is logged once, until pictures came again.
      if (answer === undefined || answer.detail === last) return;
      last = answer.detail;
      onAnswer(answer);
    });
  };
}

/** The same, into the log. */
export const logCameraAnswers = (
  { id: lane, camera: source }: Pick<LaneConfig, 'id' | 'camera'>,
  log: Pick<Log, 'warn'>,
  clock: Pick<Clock, 'monotonic'>,
): ReturnType<typeof explainCamera> =>
  explainCamera({
    source,
    clock,
    onAnswer: ({ detail, todo }) => log.warn({ lane, detail, todo }, 'what the camera answers'),
  });
