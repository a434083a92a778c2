/** Photographs into the gallery, for whichever command has them: encoder, rules, progress. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Comparison, comparisonOf } from '../../biometrics/head/comparison.js';
import { digestOf, type ModelCard } from '../../biometrics/model-card.js';
import { untilSignal } from '../../platform/signals.js';
import { enrollCandidates } from '../../records/enrollment/enroll.js';
import type { EnrollmentCandidate, EnrollmentReport } from '../../records/enrollment/enrollment-report.js';
import type { EnrollmentRules } from '../../records/enrollment/enrollment-session.js';
import { likenessLimits } from '../../records/people/enrollment-rules.js';
import type { GalleryStore } from '../../records/people/gallery-store.js';
import type { Config } from '../../service/config/config-schema.js';
import { withCropKeeper } from '../../service/models/face-crops.js';
import { modelsOfBox } from '../../service/models/models-in-use.js';
import { openComparison } from '../../service/setup/open-comparison.js';
import {
  type EncoderOptions,
  type OpenEncoder,
  openPhotoEncoder,
} from '../../service/setup/open-photo-encoder.js';
import { sandboxPolicyOf } from '../../service/setup/sandbox-policy.js';
import type { QualityProblem } from '../../vision/detection/quality.js';
import { type OfficeDependencies, officeDependencies } from '../office-dependencies.js';
import { type EnrollProgress, progressOn } from './enroll-progress.js';
import { closingLines } from './enroll-report.js';

export interface EnrollDependencies extends OfficeDependencies {
  readonly openEncoder: (wish: EncoderOptions) => Promise<OpenEncoder>;
  readonly progress: (total: number) => EnrollProgress;
  /** Runs the work until the program is asked to stop. */
  readonly untilSignal: (work: (signal: AbortSignal) => Promise<void>) => Promise<void>;
}

export const realEnrollDependencies = (): EnrollDependencies => ({
  ...officeDependencies(),
  openEncoder: openPhotoEncoder,
  progress: (total) => progressOn(process.stderr, total),
  untilSignal,
});

export interface PhotoOptions {
  readonly tolerate?: readonly QualityProblem[];
  readonly lookalikes: boolean;
  readonly workers: number;
}

const PROBLEMS: readonly QualityProblem[] = [
  'too-small',
  'turned-away',
  'tilted',
  'blurred',
  'too-dark',
  'too-bright',
  'at-the-edge',
  'low-score',
];

export function withPhotoOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--tolerate <problems...>', 'problems of a photograph that do not refuse it').choices(
        PROBLEMS,
      ),
    )
    .option('--no-lookalikes', 'do not compare the photographs with each other and with the gallery')
    .option('--workers <number>', 'processes that encode side by side', wholeWorkers, 1);
}

interface PhotoWork {
  readonly config: Config;
  readonly gallery: GalleryStore;
  readonly candidates: Iterable<EnrollmentCandidate> | AsyncIterable<EnrollmentCandidate>;
  readonly total: number;
  readonly options: PhotoOptions;
  /** Introduces the people without a good photo; "Not enrolled …" if absent. */
  readonly without?: string;
}

export interface PhotosDone {
  readonly report: EnrollmentReport;
  /** For the terminal. */
  readonly lines: readonly string[];
}

/** @throws TwinstileError of the pack, the encoder or the store; what was accepted before is stored. */
export async function enrollPhotos(
  dependencies: EnrollDependencies,
  { config: given, gallery, candidates, total, options, without }: PhotoWork,
  signal: AbortSignal,
): Promise<PhotosDone> {
  const { config, models } = await modelsOfBox(given, dependencies.env);
  const { packFolder } = models;
  const { pack, provider, threads, head, calibration } = config.models;
  const { encoder, card } = await dependencies.openEncoder({
    pack,
    packFolder,
    provider,
    threads,
    workers: options.workers,
    reach: sandboxPolicyOf(config, packFolder, undefined, dependencies.env.CREDENTIALS_DIRECTORY),
  });
  const comparison = between(card, await openComparison(card, head, calibration));
  const start = performance.now();
  const progress = dependencies.progress(total);
  try {
    const report = await withCropKeeper(config, packFolder, dependencies.env, (crops) =>
      enrollCandidates(
        candidates,
        {
          store: gallery,
          encoder,
          digest: digestOf(card),
          dimension: card.encoder.dimension,
          rules: rulesFor(comparison, options, dependencies),
          crops,
          inFlight: 3 * options.workers + 3,
          onProgress: progress.show,
        },
        signal,
      ),
    );
    const lines = closingLines(report, (performance.now() - start) / 1000, without);
    return { report, lines: [...lines, ...uncompared(card, comparison)] };
  } finally {
    progress.end();
    await encoder.close();
  }
}

/** A half-twin's table is of templates against live faces and not of two photographs: these the encoder compares alone. */
const between = (card: ModelCard, comparison: Comparison): Comparison =>
  comparison.head.kind === 'half-twin' ? comparisonOf(card) : comparison;

function rulesFor(
  comparison: Comparison,
  { tolerate = [], lookalikes }: PhotoOptions,
  { clock }: EnrollDependencies,
): EnrollmentRules {
  const { calibration } = comparison;
  return {
    sides: comparison,
    limits: (templates) =>
      calibration === undefined || !lookalikes ? {} : likenessLimits(calibration, templates),
    tolerated: tolerate,
    clock,
  };
}

const uncompared = (card: ModelCard, { calibration, head }: Comparison): readonly string[] =>
  calibration === undefined
    ? [
        `${head.kind === 'identity' ? `Pack '${card.name}'` : 'The head'} is not calibrated: the photographs were not compared with each other.`,
      ]
    : [];

function wholeWorkers(value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= 1 && number <= 32) return number;
  throw new InvalidArgumentError('Expected a whole number, 1 to 32.');
}
