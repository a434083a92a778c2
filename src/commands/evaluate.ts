/** `twinstile evaluate`: how well does a pack tell people apart, measured on photographs? */
import path from 'node:path';
import { Command } from 'commander';
import { type PhotoPair, readPairs } from '../adapters/files/pairs.js';
import { packsFolder } from '../adapters/packs/folder.js';
import { acquirePhotos, defaultCacheFolder } from '../app/acquire-photos.js';
import type { Acquired } from '../pipeline/embed-photos.js';
import type { Metric } from '../siamese/distance.js';
import { distanceOf } from '../siamese/distance.js';
import { kFoldAccuracy } from '../siamese/verification.js';
import { padCommand } from './evaluate-pad.js';
import { pairsCommand } from './evaluate-pairs.js';
import { printer } from './progress-line.js';

interface VerificationOptions {
  readonly images: string;
  readonly pairs: string;
  readonly pack: string;
  readonly folder?: string;
  readonly cache: boolean;
  readonly json?: boolean;
}

/** LFW's protocol has ten. */
const FOLDS = 10;

export function evaluateCommand(): Command {
  const evaluate = new Command('evaluate').description('Measure how well faces are told apart.');
  evaluate
    .command('verification')
    .description('1:1 on a list of pairs, as LFW does it: accuracy over ten folds with its standard error.')
    .requiredOption('--images <dir>', 'folder that the paths in the list start from')
    .requiredOption('--pairs <file>', 'CSV with the columns a, b, same')
    .option('--pack <name>', 'model pack', 'builtin')
    .option('--folder <dir>', 'folder of the packs')
    .option('--no-cache', 'encode every photograph anew and keep nothing')
    .option('--json', 'as JSON')
    .action(verification);
  evaluate.addCommand(pairsCommand());
  evaluate.addCommand(padCommand());
  return evaluate;
}

async function verification(options: VerificationOptions): Promise<void> {
  const pairs = await readPairs(options.pairs);
  const pathOf = (name: string): string => path.resolve(options.images, name);
  const paths = [...new Set(pairs.flatMap(({ a, b }) => [pathOf(a), pathOf(b)]))];
  const progress = printer('photographs');
  const { card, acquired } = await acquirePhotos(
    {
      pack: options.pack,
      packFolder: packsFolder({ argument: options.folder, env: process.env }),
      paths,
      ...(options.cache ? { cacheFolder: defaultCacheFolder(process.env) } : {}),
      onProgress: progress.show,
    },
    new AbortController().signal,
  );
  progress.end();
  const distances = distancesOf(pairs, (name) => acquired.get(pathOf(name)), card.encoder.metric);
  const { accuracyMean, standardError, folds } = kFoldAccuracy(
    distances,
    pairs.map(({ same }) => same),
    FOLDS,
  );
  const result = {
    pack: card.name,
    pairs: pairs.length,
    mated: pairs.filter(({ same }) => same).length,
    photos: paths.length,
    notAcquired: reasonsOf(acquired),
    accuracyMean,
    standardError,
    folds,
  };
  process.stdout.write(options.json === true ? `${JSON.stringify(result)}\n` : told(result));
}

/** NaN, which never matches, where a photograph gave no embedding: a failure to acquire is a failure. */
function distancesOf(
  pairs: readonly PhotoPair[],
  acquiredOf: (name: string) => Acquired | undefined,
  metric: Metric,
): readonly number[] {
  return pairs.map(({ a, b }) => {
    const left = acquiredOf(a);
    const right = acquiredOf(b);
    if (left === undefined || right === undefined || 'missing' in left || 'missing' in right)
      return Number.NaN;
    return distanceOf[metric](left.embedding, right.embedding);
  });
}

function reasonsOf(acquired: ReadonlyMap<string, Acquired>): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const each of acquired.values())
    if ('missing' in each) counts[each.missing] = (counts[each.missing] ?? 0) + 1;
  return counts;
}

function told(result: {
  readonly pack: string;
  readonly pairs: number;
  readonly mated: number;
  readonly photos: number;
  readonly notAcquired: Readonly<Record<string, number>>;
  readonly accuracyMean: number;
  readonly standardError: number;
}): string {
  const missing = Object.entries(result.notAcquired).map(([reason, count]) => `${reason} ${count}`);
  return [
    `pack                 ${result.pack}`,
    `pairs                ${result.pairs} (${result.mated} mated, ${result.pairs - result.mated} impostor)`,
    `photographs          ${result.photos}`,
    `failures to acquire  ${missing.length === 0 ? 'none' : missing.join(', ')}`,
    `accuracy             ${(100 * result.accuracyMean).toFixed(2)} % ± ${(100 * result.standardError).toFixed(2)} (standard error, ${FOLDS} folds)`,
    '',
  ].join('\n');
}
