import type { GrantTimes } from './frame-to-grant.js';
import type { PipelineTimes } from './pipeline-stages.js';
import type { RawTimes } from './raw-models.js';

export interface BenchResult {
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string };
  readonly pack: string;
  readonly pipelineRatio: number;
  readonly raw: RawTimes;
  readonly pipeline: PipelineTimes;
  readonly search: { readonly people10k: number; readonly people100k: number };
  readonly grant: GrantTimes;
}

const ms = (value: number): string => `${value.toFixed(2)} ms`;

/** The figures for people. */
export function told({ machine, pack, raw, pipeline, search, grant }: BenchResult): string {
  const stages = Object.entries(pipeline.stages).map(([stage, value]) => `${stage} ${value.toFixed(2)}`);
  return [
    `Machine            ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}; pack ${pack}`,
    '',
    `Networks alone     detector 640x384 ${ms(raw.detect)}, landmarks ${ms(raw.landmarks)}, encoder ${ms(raw.encode)}, liveness ${ms(raw.liveness)} (median of ${raw.runs}, one thread)`,
    `Frame of 1280x720  ${ms(pipeline.perFrame)} in the mean of ${pipeline.frames} frames, one face, encoded in ${pipeline.encoded} of them`,
    `  by stage, ms     ${stages.join(', ')}`,
    `  ratio            ${pipeline.pipelineRatio.toFixed(2)} times the networks alone (median over the frames)`,
    `Search, exact      10,000 people ${ms(search.people10k)}, 100,000 people ${ms(search.people100k)} (median)`,
    `Frame to grant     p50 ${ms(grant.p50)}, p95 ${ms(grant.p95)}, p99 ${ms(grant.p99)}, longest ${ms(grant.longest)}`,
    `                   ${grant.grants} grants at ${grant.fps} frames a second, ${grant.enrolled} enrolled, ${grant.notOpened} not opened`,
    `Ready              vision after ${Math.round(pipeline.ready)} ms, the lane after ${Math.round(grant.ready)} ms`,
    `Memory, resident   vision ${Math.round(grant.vision)} MB, core ${Math.round(grant.core)} MB`,
    '',
  ].join('\n');
}
