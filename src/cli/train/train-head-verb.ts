/** `twinstile train head`: trains a head on the site's own people, and measures it on people that it never saw. */

import path from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { TwinstileError } from '../../base/errors.js';
import { exitCodeOf } from '../../base/exit-code.js';
import { countPeople, plural } from '../../base/plural.js';
import { digestWithHead } from '../../biometrics/head/head.js';
import { writeHead } from '../../biometrics/head/head-file.js';
import { packsFolder } from '../../biometrics/packs/pack-catalog.js';
import { decisive } from '../../biometrics/statistics/examine-head.js';
import type { HeldOut } from '../../biometrics/training-record.js';
import { defaultCacheFolder } from '../../lab/evaluate/acquire-photos.js';
import { exportHead } from '../../lab/train/export-head.js';
import type { Mining } from '../../lab/train/metric-learning/mining.js';
import {
  type HeadShape,
  type LearningPlan,
  type LossName,
  planFor,
  type TrainingChoice,
  type TrainingStep,
} from '../../lab/train/metric-learning/training-plan.js';
import { amongIn, assertNoHarm, sizeOf, type TrainedHead, trainHead } from '../../lab/train/train-head.js';
import {
  assertOneSource,
  type TrainingSourceOptions,
  trainingSource,
} from '../../lab/train/training-source.js';
import { takesEscapes } from '../../platform/output-guard.js';
import { createProgressLine } from '../progress-line.js';

interface PhotoOptions {
  readonly images?: string;
  readonly config?: string;
  readonly templateImages?: string;
  readonly pack?: string;
  readonly folder?: string;
  readonly cache: boolean;
}

interface LearningOptions {
  readonly loss: LossName;
  readonly mining: Mining;
  readonly head: HeadShape;
  readonly twin?: boolean;
  readonly halfTwin?: boolean;
  readonly seed: number;
  readonly epochs?: number;
}

interface ResultOptions {
  readonly out?: string;
  readonly onnx?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

interface Options extends PhotoOptions, LearningOptions, ResultOptions {}

export function trainHeadCommand(): Command {
  return new Command('head')
    .description('Learn a head for your own people, and measure it on people it never saw.')
    .option('--images <dir>', 'folder with one subfolder of photographs per person')
    .option(
      '-c, --config <file>',
      'the people enrolled there, with no photographs; with --half-twin: as templates, and subfolders of --images by person id',
    )
    .option(
      '--template-images <dir>',
      'the same people as their templates show them (badge photographs); a file with the name of a live one, or NAME~anything, is a copy of that shot',
    )
    .option('--pack <name>', "model pack (default: the configuration's, else builtin)")
    .option('--folder <dir>', 'folder of the packs')
    .addOption(
      new Option('--loss <name>', 'what is learned from')
        .choices(['triplet', 'contrastive'])
        .default('triplet'),
    )
    .addOption(
      new Option('--mining <name>', 'which triplets are learned from')
        .choices(['semi-hard', 'batch-hard'])
        .default('batch-hard'),
    )
    .addOption(
      new Option('--head <shape>', 'shape of the head').choices(['linear', 'two-layer']).default('linear'),
    )
    .addOption(new Option('--twin', 'one head for both sides (the default)').conflicts('halfTwin'))
    .option(
      '--half-twin',
      'one head for templates and another for live faces; needs --template-images or --config',
    )
    .option('--seed <n>', 'decides who teaches and who is examined, and all that is random', uint32, 1)
    .option('--epochs <n>', 'at most so many', uint32)
    .option('--out <file>', 'write the head here')
    .option('--onnx <file>', 'write it as ONNX too; two files where the sides differ')
    .option('--force', 'write it even when it makes people worse')
    .option('--no-cache', 'encode every photograph anew and keep nothing')
    .option('--json', 'as JSON')
    .action(run);
}

async function run(options: Options): Promise<void> {
  const sourceOptions = sourceOptionsOf(options);
  assertOneSource(sourceOptions);
  const plan = planFor(choiceOf(options));
  await untilInterrupted(async (signal) => {
    const { card, photos, found } = await readPhotos(sourceOptions, options, signal);
    // Loaded only here: no gate needs TensorFlow.
    const { train } = await import('../../lab/tfjs/tfjs-training.js');
    const started = performance.now();
    const learned = await trainHead(
      { card, photos, plan, madeAt: new Date().toISOString() },
      train,
      reportStep,
      signal,
    );
    const seconds = (performance.now() - started) / 1000;
    if (learned.trained.stoppedBy === 'signal') process.exitCode = exitCodeOf('stopped');
    await report({ pack: card.name, found, acquired: photos.length, seconds, plan, ...learned }, options);
  });
}

const sourceOptionsOf = ({
  halfTwin = false,
  images,
  templateImages,
  config: configFile,
  pack,
}: Options): TrainingSourceOptions => ({ halfTwin, images, templateImages, configFile, pack });

const choiceOf = ({
  loss,
  mining,
  head: shape,
  halfTwin = false,
  seed,
  epochs,
}: LearningOptions): TrainingChoice => ({ loss, mining, shape, halfTwin, seed, epochs });

async function readPhotos(
  sourceOptions: TrainingSourceOptions,
  { folder, cache }: PhotoOptions,
  signal: AbortSignal,
) {
  const progress = createProgressLine('photographs');
  const source = await trainingSource(
    sourceOptions,
    {
      packFolder: packsFolder({ argument: folder, env: process.env }),
      cacheFolder: cache ? defaultCacheFolder(process.env) : undefined,
      onProgress: progress.show,
    },
    process.env,
    signal,
  );
  progress.end();
  return source;
}

/** Prints what was learned, and writes the head unless it harms. @throws TwinstileError 'learning-refused' when it does. */
async function report(summary: TrainingSummary, { json, force, out, onnx }: ResultOptions): Promise<void> {
  if (json !== true) process.stdout.write(`${trainedLines(summary).join('\n')}\n`);
  const { head, rows, split, pack, found, acquired, seconds, plan } = summary;
  if (force !== true) assertNoHarm(rows);
  if (out !== undefined) await writeHead(path.resolve(out), head);
  const vectors = split.examine.slice(0, 100).map(({ embedding }) => embedding);
  const exported = onnx === undefined ? [] : await exportHead(head, onnx, vectors);
  const digest = digestWithHead(head);
  if (json === true) {
    const row = { pack, found, acquired, seconds, plan, digest, card: head.card, exported };
    process.stdout.write(`${JSON.stringify(row)}\n`);
    return;
  }
  if (out !== undefined) process.stdout.write(`written       ${out} (digest ${digest})\n`);
  for (const { file, off } of exported)
    process.stdout.write(`written       ${file} (off by at most ${off.toExponential(0)} in ONNX Runtime)\n`);
}

/** The first Ctrl-C keeps the best so far; the next one meets Node's default and ends at once. */
async function untilInterrupted(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const abort = (): void => stop.abort(stopRequested());
  process.once('SIGINT', abort).once('SIGTERM', abort);
  try {
    await work(stop.signal);
  } finally {
    process.off('SIGINT', abort).off('SIGTERM', abort);
  }
}

/** What is thrown while there is nothing to keep yet. */
const stopRequested = (): TwinstileError =>
  new TwinstileError({
    code: 'stopped',
    message: 'The training was stopped before there was a head to keep.',
  });

/** One line an epoch: enough to see whether it is worth waiting. */
function reportStep({ epoch, epochs, loss, active, heldOut, best }: TrainingStep): void {
  const line = `epoch ${epoch} of at most ${epochs}, loss ${loss.toFixed(5)}, ${(100 * active).toFixed(0)} % of it teaches, held-out TMR ${(100 * heldOut).toFixed(2)} %, best ${(100 * best).toFixed(2)} %`;
  process.stderr.write(takesEscapes(process.stderr) ? `\r${line}\u001b[K` : `${line}\n`);
}

function uint32(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** 32)
    throw new InvalidArgumentError('Expected a whole number from 0 to 4294967295.');
  return value;
}

/** Formats what was learned for a terminal. */
interface TrainingSummary extends TrainedHead {
  readonly pack: string;
  readonly found: number;
  readonly acquired: number;
  readonly seconds: number;
  readonly plan: LearningPlan;
}

export function trainedLines(summary: TrainingSummary): readonly string[] {
  const { pack, found, acquired, seconds, plan, trained, split, rows, head } = summary;
  const ended = {
    patience: 'no gain any more',
    epochs: 'all epochs done',
    signal: 'partial: a signal stopped it',
  }[trained.stoppedBy];
  const counts = `${rows[0]?.matedPairs ?? 0} mated and ${rows[0]?.impostorPairs ?? 0} impostor pairs`;
  return [
    `pack          ${pack}`,
    `photographs   ${found}, ${acquired} acquired`,
    `learned from  ${sized(split.train)}, stopped by ${sized(split.stop)}`,
    `examined on   ${sized(split.examine)} that it never saw: ${counts}`,
    `head          ${plan.shape} ${head.kind}, ${plan.loss} loss, ${plan.mining} mining, seed ${plan.seed}${amongIn(head)}`,
    `learning      ${trained.epochs} epochs in ${seconds.toFixed(0)} s, the best was ${trained.bestEpoch} (${ended})`,
    ...rows.map(line),
    verdictOf(decisive(rows)),
  ];
}

const sized = (photos: Parameters<typeof sizeOf>[0]): string => {
  const { people, photos: count } = sizeOf(photos);
  return `${countPeople(people)} (${plural(count, 'photograph')})`;
};

function line(row: HeldOut): string {
  const { fmr, counting, tmrBefore, tmrAfter, lift, liftFrom, liftTo } = row;
  const of = counting === 'people' ? 'each person once' : 'each pair once';
  return `FMR ${fmr.toExponential(0)}     TMR ${percent(tmrBefore)} -> ${percent(tmrAfter)} %, lift ${signed(lift)} points (95 %: ${signed(liftFrom)} to ${signed(liftTo)}), ${of}`;
}

function verdictOf(row: HeldOut | undefined): string {
  if (row === undefined) return 'verdict       nothing could be measured';
  if (row.liftFrom > 0) return 'verdict       it helps: the interval excludes zero';
  if (row.lift >= 0) return 'verdict       it may be chance: the interval holds zero';
  return row.liftTo < 0
    ? 'verdict       it harms: the interval excludes zero'
    : 'verdict       no gain, and the interval holds zero';
}

const percent = (share: number): string => (100 * share).toFixed(2);
const signed = (share: number): string => `${share < 0 ? '' : '+'}${percent(share)}`;
