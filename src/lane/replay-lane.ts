/** Runs vision and decision engine over a recording, in the recording's own time: no gate, no journal, no one is admitted. */

import type { LaneDecision } from '../access/decision.js';
import type { Clock } from '../base/clock.js';
import { TwinstileError } from '../base/errors.js';
import { together } from '../base/task-group.js';
import { type Millis, type Monotonic, millis, monotonic } from '../base/units.js';
import type { FrameReport, Stage, Vision } from '../vision/ports/vision.js';
import { DecisionEngine } from './decision/decision-engine.js';
import type { DecisionDependencies } from './decision/lane-gallery.js';
import { createMailbox } from './frame-mailbox.js';

export interface ReplayDependencies extends DecisionDependencies {
  /** Over a file at the pace 'fast': frames carry the time in the clip. */
  readonly vision: Vision;
  /** For the cost of deciding, and for dates of validity: who would pass if it happened now. */
  readonly clock: Clock;
  /** What would have been decided. @param at time in the clip. */
  readonly onLaneDecision: (
    laneDecision: LaneDecision,
    at: Monotonic,
    frame: FrameReport | undefined,
  ) => void;
  readonly onFrame?: (frame: FrameReport) => void;
}

export interface ReplayTotals {
  readonly frames: number;
  /** Length of the clip, from its first frame to its last. */
  readonly clip: Millis;
  /** Real time that it took. */
  readonly took: Millis;
  /** Sums over all frames. */
  readonly stages: Readonly<Record<Stage | 'judge', Millis>>;
}

/** Deciding is some hundred times faster than vision; so many waiting means that it hangs. */
const REPORTS_WAITING = 10_000;

/** Resolves when the recording has ended or the signal aborts. @throws TwinstileError 'internal' when the decision engine cannot keep up. */
export async function replayLane(parts: ReplayDependencies, signal: AbortSignal): Promise<ReplayTotals> {
  const { vision, clock, onLaneDecision: onRuling } = parts;
  const judge = new DecisionEngine(parts);
  const stages = { read: 0, detect: 0, track: 0, quality: 0, align: 0, encode: 0, liveness: 0, judge: 0 };
  const began = clock.monotonic();
  let dropped = 0;
  let frames = 0;
  let first: Monotonic | undefined;
  let last = monotonic(0);
  const mailbox = createMailbox(REPORTS_WAITING, () => {
    dropped += 1;
  });
  const momentAt = (now: Monotonic) => ({ now, wall: clock.wall(), gateFree: true });

  const onFrameReport = async (frame: FrameReport) => {
    first ??= frame.at;
    last = frame.at;
    frames += 1;
    const before = clock.monotonic();
    const rulings = [...judge.tick(momentAt(frame.at)), ...(await judge.see(frame, momentAt(frame.at)))];
    stages.judge += clock.monotonic() - before;
    for (const stage of Object.keys(frame.timings) as Stage[]) stages[stage] += frame.timings[stage];
    parts.onFrame?.(frame);
    for (const ruling of rulings) onRuling(ruling, frame.at, frame);
  };
  await together(signal, [
    async (stop) => {
      try {
        await vision.watch(mailbox.put, stop);
      } finally {
        mailbox.close();
      }
    },
    async (stop) => {
      for (let report = await mailbox.take(); report !== undefined; report = await mailbox.take()) {
        if (stop.aborted) return;
        if (dropped > 0) throw tooMany();
        if (report.kind === 'frame') await onFrameReport(report);
        if (report.kind === 'restarting') judge.forget();
      }
      for (const ruling of judge.finish(momentAt(last))) onRuling(ruling, last, undefined);
    },
  ]);
  return {
    frames,
    clip: millis(last - (first ?? last)),
    took: millis(clock.monotonic() - began),
    stages: stages as ReplayTotals['stages'],
  };
}

const tooMany = (): TwinstileError =>
  new TwinstileError({
    code: 'internal',
    message: `Expected at most ${REPORTS_WAITING} frames to wait for judgement, got more.`,
    hint: 'Report this with the size of the gallery.',
  });
