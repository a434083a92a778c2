/** `twinstile train`: trains heads and rerankers from photographs, away from the gate. */

import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { countPeople, plural } from '../../base/plural.js';
import { writeReranker } from '../../biometrics/reranker-file.js';
import type { HeldOut } from '../../biometrics/training-record.js';
import { peoplePhotos } from '../../lab/evaluate/acquire-photos.js';
import {
  assertUseful,
  learnReranker,
  type RerankStep,
  type TrainedReranker,
} from '../../lab/train/train-reranker.js';
import { type EvaluatedPhotoOptions, photoSource, positiveInteger } from '../measure/evaluate-options.js';
import { type WorkedThrough, wholeResult } from '../whole-result.js';
import { trainHeadCommand } from './train-head-verb.js';

export const trainCommand = (): Command =>
  new Command('train')
    .description('Train a head or a reranker for your own people, and measure it on people it never saw.')
    .addCommand(trainHeadCommand())
    .addCommand(trainRerankerCommand());

interface Options extends EvaluatedPhotoOptions {
  readonly images: string;
  readonly seed: number;
  readonly epochs: number;
  readonly units: number;
  readonly candidates: number;
  readonly doubt: number;
  readonly out?: string;
  readonly force?: boolean;
}

/** `twinstile train reranker`: trains a second opinion on the nearest few, and measures it on people it never saw. */
function trainRerankerCommand(): Command {
  const command = new Command('reranker')
    .description(
      'Learn to doubt who is nearest, and measure on people it never saw whether that is worth it.',
    )
    .requiredOption('--images <dir>', 'folder with one subfolder of photographs per person');
  return command
    .option('--pack <name>', 'model pack', 'builtin')
    .option('--folder <dir>', 'folder of the packs')
    .option('--head <file>', 'as models.head: learn behind this head')
    .option(
      '--seed <n>',
      'decides who teaches and who is examined, and all that is random',
      positiveInteger,
      1,
    )
    .option('--epochs <n>', 'at most so many', positiveInteger, 12)
    .option('--units <n>', 'of the hidden layer', positiveInteger, 16)
    .option('--candidates <n>', 'how many of the nearest people it looks at, 2 to 50', several, 5)
    .option('--doubt <share>', 'of right people that may be doubted', share, 0.01)
    .option('--no-cache', 'encode every photograph anew and keep nothing')
    .option('--json', 'as JSON')
    .option('--out <file>', 'write it here, for models.reranker')
    .option('--force', 'write it even when a stricter distance is worth more')
    .action(run);
}

async function run(options: Options): Promise<void> {
  const work = async (signal: AbortSignal, through: WorkedThrough) => {
    const { acquisition, end } = photoSource(options, through);
    const { shown, comparison, pack } = await peoplePhotos(options.images, acquisition, signal);
    end();
    const learned = await learnReranker(
      {
        comparison,
        photos: shown,
        seed: options.seed,
        epochs: options.epochs,
        width: options.units,
        candidates: options.candidates,
        doubt: options.doubt,
        madeAt: new Date().toISOString(),
      },
      reportStep,
      signal,
    );
    return { pack, learned };
  };
  const show = async ({ pack, learned }: Awaited<ReturnType<typeof work>>): Promise<void> => {
    if (options.json !== true) process.stdout.write(`${linesOf(pack, learned).join('\n')}\n`);
    if (options.force !== true) assertUseful(learned.reranker.card);
    if (options.out !== undefined) await writeReranker(path.resolve(options.out), learned.reranker);
    const { alone, bestEpoch, reranker } = learned;
    if (options.json === true)
      process.stdout.write(`${JSON.stringify({ pack, bestEpoch, card: reranker.card, alone })}\n`);
    else if (options.out !== undefined) process.stdout.write(`written     ${options.out}\n`);
  };
  await wholeResult({ counted: 'photographs', work, show });
}

function reportStep({ epoch, loss, tmr, best }: RerankStep): void {
  process.stderr.write(
    `epoch ${epoch}, loss ${loss.toFixed(4)}, held-out TMR ${(100 * tmr).toFixed(2)} %, best ${(100 * best).toFixed(2)} %\n`,
  );
}

const linesOf = (pack: string, { reranker, alone, bestEpoch, pairs }: TrainedReranker): readonly string[] => [
  `pack        ${pack}`,
  `learned     from ${plural(pairs, 'pair')} of ${countPeople(reranker.card.trained?.people ?? 0)}, best epoch ${bestEpoch}`,
  `doubts      scores below ${reranker.accept.toFixed(3)}`,
  ...(reranker.card.heldOut ?? []).map((row) => rowText('doubting', row)),
  ...alone.map((row) => rowText('score', row)),
  'doubting: the distance, but for pairs that are doubted. score: what was learned in the place of the distance; no gate uses it so.',
];

const rowText = (
  what: string,
  { fmr, counting, tmrBefore, tmrAfter, lift, liftFrom, liftTo }: HeldOut,
): string =>
  `${what.padEnd(10)}  FMR ${fmr.toExponential(0)}  TMR ${percent(tmrBefore)} -> ${percent(tmrAfter)}, ${points(lift)} (95 %: ${points(liftFrom)} to ${points(liftTo)}), each ${counting === 'people' ? 'person' : 'pair'} once`;

const percent = (value: number): string => `${(100 * value).toFixed(2)} %`;
const points = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(100 * value).toFixed(2)}`;

function several(text: string): number {
  const value = positiveInteger(text);
  if (value < 2 || value > 50) throw new InvalidArgumentError('Expected a whole number from 2 to 50.');
  return value;
}

function share(text: string): number {
  const value = Number(text);
  if (!(value >= 0 && value <= 0.5)) throw new InvalidArgumentError('Expected a share from 0 to 0.5.');
  return value;
}
