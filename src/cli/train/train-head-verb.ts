/** `twinstile train head`: a head for the site's own people, and what it is worth to people it never saw. */
import path from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { TwinstileError } from '../../base/errors.js';
import { takesEscapes } from '../../base/terminal.js';
import { writeHead } from '../../biometrics/files/head-file.js';
import { digestWithHead } from '../../biometrics/head/head-digest.js';
import { packsFolder } from '../../biometrics/packs/pack-folder.js';
import { defaultCacheFolder } from '../../lab/evaluate/acquire-photos.js';
import { exportHead } from '../../lab/train/export-head.js';
import { planFor, type TrainingChoice } from '../../lab/train/metric-learning/defaults.js';
import type { Mining } from '../../lab/train/metric-learning/mining.js';
import type { HeadShape, LossName, TrainingStep } from '../../lab/train/metric-learning/training-plan.js';
import { assertNoHarm, trainHead } from '../../lab/train/train-head.js';
import { assertOneSource, type SourceOptions, trainingSource } from '../../lab/train/training-source.js';
import { printer } from '../progress-line.js';
import { trainedLines } from './train-lines.js';

interface Options {
  readonly images?: string;
  readonly config?: string;
  readonly templateImages?: string;
  readonly pack?: string;
  readonly folder?: string;
  readonly loss: LossName;
  readonly mining: Mining;
  readonly head: HeadShape;
  readonly twin?: boolean;
  readonly halfTwin?: boolean;
  readonly seed: number;
  readonly epochs?: number;
  readonly out?: string;
  readonly onnx?: string;
  readonly force?: boolean;
  readonly cache: boolean;
  readonly json?: boolean;
}

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
    .option('--seed <n>', 'decides who teaches and who is examined, and all that is random', whole, 1)
    .option('--epochs <n>', 'at most so many', whole)
    .option('--out <file>', 'write the head here')
    .option('--onnx <file>', 'write it as ONNX too; two files where the sides differ')
    .option('--force', 'write it even when it makes people worse')
    .option('--no-cache', 'encode every photograph anew and keep nothing')
    .option('--json', 'as JSON')
    .action(run);
}

async function run(options: Options): Promise<void> {
  const { halfTwin = false, loss, mining, head: shape, seed, epochs } = options;
  const wish: SourceOptions = {
    halfTwin,
    images: options.images,
    templateImages: options.templateImages,
    configFile: options.config,
    pack: options.pack,
  };
  assertOneSource(wish);
  const choice: TrainingChoice = {
    loss,
    mining,
    shape,
    halfTwin,
    seed,
    epochs,
  };
  const stop = new AbortController();
  // The first Ctrl-C keeps the best so far; the next one meets Node's default and ends at once.
  const ask = (): void => stop.abort(stopRequested());
  process.once('SIGINT', ask).once('SIGTERM', ask);
  try {
    const progress = printer('photographs');
    const { card, photos, found } = await trainingSource(
      wish,
      {
        packFolder: packsFolder({ argument: options.folder, env: process.env }),
        cacheFolder: options.cache ? defaultCacheFolder(process.env) : undefined,
        onProgress: progress.show,
      },
      process.env,
      stop.signal,
    );
    progress.end();
    // Loaded only here: no gate needs TensorFlow.
    const { train } = await import('../../lab/tfjs/tfjs-training.js');
    const plan = planFor(choice);
    const started = performance.now();
    const learned = await trainHead(
      { card, photos, plan, madeAt: new Date().toISOString() },
      train,
      reportStep,
      stop.signal,
    );
    const seconds = (performance.now() - started) / 1000;
    const told = { pack: card.name, found, acquired: photos.length, seconds, plan, ...learned };
    if (options.json !== true) process.stdout.write(`${trainedLines(told).join('\n')}\n`);
    if (options.force !== true) assertNoHarm(learned.rows);
    if (options.out !== undefined) await writeHead(path.resolve(options.out), learned.head);
    const vectors = learned.split.examine.slice(0, 100).map(({ embedding }) => embedding);
    const exported = options.onnx === undefined ? [] : await exportHead(learned.head, options.onnx, vectors);
    const digest = digestWithHead(learned.head);
    if (options.json === true)
      process.stdout.write(
        `${JSON.stringify({ pack: card.name, found, acquired: photos.length, seconds, plan, digest, card: learned.head.card, exported })}\n`,
      );
    else {
      if (options.out !== undefined)
        process.stdout.write(`written       ${options.out} (digest ${digest})\n`);
      for (const { file, off } of exported)
        process.stdout.write(
          `written       ${file} (off by at most ${off.toExponential(0)} in ONNX Runtime)\n`,
        );
    }
  } finally {
    process.off('SIGINT', ask).off('SIGTERM', ask);
  }
}

/** What is thrown while there is nothing to keep yet. */
const stopRequested = (): TwinstileError =>
  new TwinstileError({ code: 'stopped', message: 'Expected time to learn, got a request to stop.' });

/** One line an epoch: enough to see whether it is worth waiting. */
function reportStep({ epoch, epochs, loss, active, heldOut, best }: TrainingStep): void {
  const line = `epoch ${epoch} of at most ${epochs}, loss ${loss.toFixed(5)}, ${(100 * active).toFixed(0)} % of it teaches, held-out TMR ${(100 * heldOut).toFixed(2)} %, best ${(100 * best).toFixed(2)} %`;
  process.stderr.write(takesEscapes(process.stderr) ? `\r${line}\u001b[K` : `${line}\n`);
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** 32)
    throw new InvalidArgumentError('Expected a whole number from 0 to 4294967295.');
  return value;
}
