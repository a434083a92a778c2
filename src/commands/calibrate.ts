/** `twinstile calibrate`: what does a distance of this pack mean, measured on people of your own? */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { photosByPerson } from '../adapters/files/photo-folder.js';
import { packsFolder } from '../adapters/packs/folder.js';
import { acquirePhotos, defaultCacheFolder } from '../app/acquire-photos.js';
import { TwinstileError } from '../base/errors.js';
import { allPairs, type Labelled } from '../siamese/all-pairs.js';
import { calibrationFrom } from '../siamese/calibrate.js';
import type { CalibrationTable } from '../siamese/card.js';
import { type MatchRate, matchRatesAt } from '../siamese/verification.js';
import { printer } from './progress-line.js';

interface Options {
  readonly images: string;
  readonly pack: string;
  readonly folder?: string;
  readonly source?: string;
  readonly write?: string;
  readonly cache: boolean;
  readonly json?: boolean;
}

const RATES = [1e-2, 1e-3, 1e-4, 1e-5, 1e-6];

export function calibrateCommand(): Command {
  return new Command('calibrate')
    .description('Measure which share of strangers comes how close: the table behind every "1 in N".')
    .requiredOption('--images <dir>', 'folder with one subfolder of photographs per person')
    .option('--pack <name>', 'model pack', 'builtin')
    .option('--folder <dir>', 'folder of the packs')
    .option('--source <text>', 'what the table says of its origin')
    .option('--write <card.json>', 'put the table into this card')
    .option('--no-cache', 'encode every photograph anew and keep nothing')
    .option('--json', 'as JSON')
    .action(calibrate);
}

async function calibrate(options: Options): Promise<void> {
  const photos = await photosByPerson(options.images);
  const progress = printer('photographs');
  const { card, acquired } = await acquirePhotos(
    {
      pack: options.pack,
      packFolder: packsFolder({ argument: options.folder, env: process.env }),
      paths: photos.map(({ path }) => path),
      ...(options.cache ? { cacheFolder: defaultCacheFolder(process.env) } : {}),
      onProgress: progress.show,
    },
    new AbortController().signal,
  );
  progress.end();
  const samples = photos.flatMap(({ person, path }): Labelled[] => {
    const one = acquired.get(path);
    return one === undefined || 'missing' in one ? [] : [{ person, embedding: one.embedding }];
  });
  const { mated, impostors } = allPairs(samples, card.encoder.metric);
  const people = new Set(samples.map(({ person }) => person)).size;
  const table = calibrationFrom({
    impostorDistances: impostors,
    matedPairs: mated.length,
    people,
    source: options.source ?? `${samples.length} photographs of ${people} people`,
  });
  if (options.write !== undefined) await writeIntoCard(options.write, table);
  const rates = matchRatesAt(RATES, mated, impostors);
  const counts = { photos: photos.length, acquired: samples.length, people };
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify({ pack: card.name, ...counts, rates, table })}\n`
      : told(card.name, counts, rates, table),
  );
}

function told(
  pack: string,
  counts: { readonly photos: number; readonly acquired: number; readonly people: number },
  rates: readonly MatchRate[],
  table: CalibrationTable,
): string {
  const smallest = table.rows[0]?.fmr ?? 1;
  return [
    `pack         ${pack}`,
    `photographs  ${counts.photos}, ${counts.acquired} acquired, of ${counts.people} people`,
    `pairs        ${table.matedPairs} mated, ${table.impostorPairs} impostor`,
    `supported    down to an FMR of 1 in ${Math.floor(1 / smallest).toLocaleString('en-US')} (rule of three)`,
    ...rates.map(
      ({ fmr, tmr, matches, threshold }) =>
        `FMR ${fmr.toExponential(0)}    TMR ${(100 * tmr).toFixed(2)} % (${matches} of ${table.matedPairs}), distance ${threshold.toFixed(4)}`,
    ),
    '',
  ].join('\n');
}

async function writeIntoCard(file: string, calibration: CalibrationTable): Promise<void> {
  let card: Record<string, unknown>;
  try {
    card = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  } catch (cause) {
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected a model card at ${file}, got none that can be read.`,
      hint: 'Name the card.json of the pack.',
      cause,
    });
  }
  const beside = `${file}.new`;
  await writeFile(beside, `${JSON.stringify({ ...card, calibration }, null, 2)}\n`);
  await rename(beside, file);
}
