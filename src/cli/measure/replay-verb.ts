/** `twinstile replay`: what would the lane have decided over these recordings? */

import { Command, InvalidArgumentError, Option } from 'commander';
import { explanationOf, type LaneDecision } from '../../access/decision.js';
import { formatPromise } from '../../access/fmr-bound.js';
import type { LivenessMode } from '../../access/lane-rules.js';
import { exitCodeOf } from '../../base/exit-code.js';
import { countPeople, plural } from '../../base/plural.js';
import type { Monotonic } from '../../base/units.js';
import { packsFolder } from '../../biometrics/packs/pack-catalog.js';
import { type ReplaySum, replayClips } from '../../lab/replay/replay-clip.js';
import { laneSchema } from '../../service/config/sections/lane-section.js';
import { readRate } from '../../service/config/sections/value-schemas.js';
import { rulesOf } from '../../service/setup/configured-rules.js';
import { onCpu, visionSettingsOf } from '../../service/setup/vision-process.js';
import { type WorkedThrough, wholeResult } from '../whole-result.js';

interface RuleOptions {
  readonly maxFpir?: number;
  readonly frames?: number;
  readonly minInterOcular?: number;
  readonly detectorWidth?: number;
  readonly liveness?: LivenessMode;
}

interface Options extends RuleOptions {
  readonly gallery: string;
  readonly sameCamera?: boolean;
  readonly pack: string;
  readonly head?: string;
  readonly folder?: string;
  readonly json?: boolean;
}

export function replayCommand(): Command {
  return new Command('replay')
    .description('Run the lane over recordings as fast as it can: who would have been let in, and why not?')
    .argument('<clips...>', 'video files or folders of images')
    .requiredOption('--gallery <dir>', 'one subfolder of photographs or clips per person')
    .option('--same-camera', 'the pictures of the gallery were taken by the camera of the clips')
    .option('--pack <name>', 'model pack', 'builtin')
    .option('--folder <dir>', 'folder of the packs')
    .option('--head <file>', 'as models.head: compare through this head')
    .option('--max-fpir <rate>', 'as identification.max_fpir: "1 in 1,000" or 0.001', rate)
    .option('--frames <n>', 'as identification.frames', positiveInteger)
    .option('--min-inter-ocular <px>', 'as quality.min_inter_ocular_px', positiveInteger)
    .option('--detector-width <px>', 'as detector.width', positiveInteger)
    .addOption(new Option('--liveness <mode>', 'as liveness.mode').choices(['off', 'record', 'require']))
    .option('--json', 'one JSON object per line: each decision, then a summary')
    .action(replay);
}

async function replay(clips: string[], options: Options): Promise<void> {
  const lane = laneLike(options);
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  const warn = (line: string): void => void process.stderr.write(`${line}\n`);
  const work = async (signal: AbortSignal, through: WorkedThrough) => {
    through.of = clips.length;
    const sum = await replayClips(
      {
        clips,
        gallery: options.gallery,
        head: options.head,
        isSameCamera: options.sameCamera === true,
        settings: visionSettingsOf(
          lane,
          onCpu(options.pack, packsFolder({ argument: options.folder, env: process.env })),
        ),
        rulesFor: (card) => rulesOf(lane, card),
        onLaneDecision: (clip, laneDecision, at) =>
          print(
            options.json === true
              ? JSON.stringify(asRow(clip, laneDecision, at))
              : asLine(clip, laneDecision, at),
          ),
        onRefused: (file, reason) => warn(`No template from ${file}: ${reason}.`),
        onFault: (clip, detail) => warn(`${clip}: ${detail}`),
      },
      signal,
    );
    through.done = sum.clips;
    return sum;
  };
  const show = (sum: ReplaySum): void => {
    print(options.json === true ? JSON.stringify(summaryRow(sum)) : summaryLine(sum));
    if (sum.frames === 0) process.exitCode = exitCodeOf('refused');
  };
  await wholeResult({ counted: 'clips', work, show });
}

/** The lane's own defaults, so that a replay without options is what a lane without settings does. */
const laneLike = (options: RuleOptions) =>
  laneSchema.parse({
    id: 'replay',
    gate: 'none',
    direction: 'in',
    camera: { kind: 'file', path: 'clip' },
    identification: {
      max_fpir: options.maxFpir ?? 0.001,
      frames: options.frames,
    },
    quality: { min_inter_ocular_px: options.minInterOcular },
    liveness: { mode: options.liveness },
    detector: { width: options.detectorWidth },
  });

const asRow = (clip: string, laneDecision: LaneDecision, at: Monotonic) => ({
  kind: 'decision',
  clip,
  at_s: round(at / 1000),
  track: laneDecision.track ?? null,
  // Named only when admitted: a refusal names no person.
  person: laneDecision.verdict === 'granted' ? (laneDecision.person ?? null) : null,
  verdict: laneDecision.verdict,
  reason: laneDecision.reason,
  fmr: laneDecision.fmr ?? null,
  extrapolated: laneDecision.extrapolated === true,
  frames: laneDecision.frames,
  liveness: laneDecision.liveness ?? null,
  liveness_verdict: laneDecision.livenessVerdict ?? null,
});

const asLine = (clip: string, laneDecision: LaneDecision, at: Monotonic): string =>
  [
    clip,
    `${(at / 1000).toFixed(2).padStart(7)} s`,
    (laneDecision.track ?? '-').padEnd(8),
    ((laneDecision.verdict === 'granted' ? laneDecision.person : undefined) ?? 'nobody').padEnd(16),
    (laneDecision.fmr === undefined
      ? '-'
      : formatPromise(laneDecision.fmr, laneDecision.extrapolated)
    ).padStart(16),
    plural(laneDecision.frames, 'frame').padStart(9),
    livenessText(laneDecision).padEnd(15),
    explanationOf(laneDecision),
  ].join('  ');

const livenessText = ({ liveness, livenessVerdict = 'undecided' }: LaneDecision): string =>
  liveness === undefined ? 'no liveness' : `${livenessVerdict} ${liveness.toFixed(2)}`;

const summaryRow = (sum: ReplaySum) => ({
  kind: 'summary',
  clips: sum.clips,
  people: sum.people,
  templates: sum.templates,
  frames: sum.frames,
  seconds: round(sum.took / 1000),
  clip_seconds: round(sum.clip / 1000),
  ms_per_frame: perFrame(sum),
});

const summaryLine = (sum: ReplaySum): string => {
  const stages = Object.entries(perFrame(sum)).map(([stage, value]) => `${stage} ${value.toFixed(1)}`);
  return `${plural(sum.frames, 'frame')} (${round(sum.clip / 1000)} s of film) in ${round(sum.took / 1000)} s; ms per frame: ${stages.join(', ')}; ${plural(sum.templates, 'template')} of ${countPeople(sum.people)}`;
};

const perFrame = ({ stages, frames }: ReplaySum): Readonly<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(stages).map(([stage, value]) => [stage, round(value / Math.max(1, frames))]),
  );

const round = (value: number): number => Math.round(value * 1000) / 1000;

function rate(text: string): number {
  const value = readRate(Number.isNaN(Number(text)) ? text : Number(text));
  if (value === undefined) throw new InvalidArgumentError('Expected "1 in N" or a number up to 0.01.');
  return value;
}

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('Expected a whole number above 0.');
  return value;
}
