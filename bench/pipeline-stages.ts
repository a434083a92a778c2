/** What a frame of 1280x720 costs in the vision process, stage by stage, and how much of it is not the networks. */

import { openPacks } from '../src/biometrics/packs/pack-store.js';
import { systemClock } from '../src/platform/system-clock.js';
import { visionStart } from '../src/service/setup/vision-process.js';
import type { FrameReport, Stage } from '../src/vision/ports/vision.js';
import { superviseVision } from '../src/vision/process/supervise-vision.js';
import { residentOf } from './memory.js';
import { middle } from './middle.js';
import type { RawTimes } from './raw-models.js';

export interface PipelineTimes {
  readonly frames: number;
  /** Frames in which the face was encoded. */
  readonly encoded: number;
  /** Mean ms per frame. */
  readonly stages: Readonly<Record<Stage, number>>;
  readonly perFrame: number;
  /** What the networks alone would have cost for the same runs, mean ms per frame. */
  readonly rawPerFrame: number;
  readonly pipelineRatio: number;
  /** MB. */
  readonly resident: number;
  /** From the start of the process until its networks were loaded, in ms. */
  readonly ready: number;
}

const WARM_UP = 20;

export async function pipelineStages(
  packFolder: string,
  pack: string,
  film: string,
  raw: RawTimes,
): Promise<PipelineTimes> {
  const { card } = await openPacks(packFolder).open(pack);
  const frames: FrameReport[] = [];
  let resident = 0;
  let pid = 0;
  let ready = 0;
  await superviseVision({
    ...visionStart({ dimension: card.encoder.dimension, onLine: () => {} }),
    clock: systemClock,
    setup: {
      packFolder,
      pack,
      provider: 'cpu',
      threads: 1,
      detector: { width: 640, minScore: 0.6 },
      minInterOcular: 20,
      source: { kind: 'file', path: film, pace: 'fast', loop: false },
      zone: { x: 0, y: 0, width: 1, height: 1 },
      liveness: card.liveness.length > 0,
    },
  }).watch((report) => {
    if (report.kind === 'ready') {
      pid = report.pid;
      ready = report.startup ?? 0;
    }
    if (report.kind !== 'frame') return;
    frames.push(report);
    if (frames.length % 50 === 0) resident = Math.max(resident, residentOf(pid));
  }, new AbortController().signal);
  return summary(frames.slice(WARM_UP), raw, resident, ready);
}

const STAGES = [
  'read',
  'detect',
  'track',
  'quality',
  'align',
  'encode',
  'liveness',
] as const satisfies readonly Stage[];

function summary(
  frames: readonly FrameReport[],
  raw: RawTimes,
  resident: number,
  ready: number,
): PipelineTimes {
  const mean = (of: (frame: FrameReport) => number): number =>
    frames.reduce((sum, frame) => sum + of(frame), 0) / frames.length;
  const total = ({ timings }: FrameReport) => STAGES.reduce((sum, stage) => sum + timings[stage], 0);
  const encodings = ({ faces }: FrameReport) =>
    faces.filter(({ embedding }) => embedding !== undefined).length;
  const judgements = ({ faces }: FrameReport) =>
    faces.filter(({ liveness }) => liveness !== undefined).length;
  const networks = (frame: FrameReport) =>
    raw.detect +
    raw.landmarks * frame.faces.length +
    raw.encode * encodings(frame) +
    raw.liveness * judgements(frame);
  return {
    frames: frames.length,
    encoded: frames.filter((frame) => encodings(frame) > 0).length,
    stages: Object.fromEntries(
      STAGES.map((stage) => [stage, mean(({ timings }) => timings[stage])]),
    ) as Record<Stage, number>,
    perFrame: mean(total),
    rawPerFrame: mean(networks),
    // Frame by frame, so that a moment's stutter of the machine does not count.
    pipelineRatio: middle(frames.map((frame) => total(frame) / networks(frame))),
    resident,
    ready,
  };
}
