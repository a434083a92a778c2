/** `twinstile calibrate`: what does a distance mean here, measured on people of your own? */
import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { type FalseMatchRate, falseMatchRate } from '../../base/units.js';
import { writeCalibration } from '../../biometrics/calibration-file.js';
import { comparisonOf } from '../../biometrics/head/comparison.js';
import { readHead, writeHead } from '../../biometrics/head/head-file.js';
import { type CalibrationTable, digestOf, type ModelCard } from '../../biometrics/model-card.js';
import { openPacks } from '../../biometrics/packs/pack-store.js';
import { OTHER_PEOPLE } from '../../biometrics/statistics/people-spread.js';
import { readLeftOut, withoutPeople } from '../../lab/calibrate/left-out-people.js';
import { calibrate } from '../../lab/calibrate/measure-calibration.js';
import { siteTemplates, writeIntoCard } from '../../lab/calibrate/site-people.js';
import { type PeoplePhotos, peoplePhotos } from '../../lab/evaluate/acquire-photos.js';
import { calibrationReport } from '../../lab/report/calibration-report.js';
import { readRate } from '../../service/config/sections/value-schemas.js';
import { openComparison } from '../../service/setup/open-comparison.js';
import { type WorkedThrough, wholeResult } from '../whole-result.js';
import {
  type EvaluatedPhotoOptions,
  photoSource,
  positiveInteger,
  printResult,
  withPhotos,
} from './evaluate-options.js';

/** Whose pairs are measured. */
interface PeopleOptions {
  readonly images?: string;
  readonly templateImages?: string;
  readonly config?: string;
  readonly leaveOut?: string;
}

interface Options extends EvaluatedPhotoOptions, PeopleOptions {
  readonly source?: string;
  readonly fmr?: FalseMatchRate;
  readonly extrapolate?: boolean;
  readonly seed: number;
  readonly margin: number;
  readonly write?: string;
  readonly out?: string;
}

export function calibrateCommand(): Command {
  const command = new Command('calibrate')
    .description('Measure which share of strangers comes how close: the table behind every "1 in N".')
    .option('--images <dir>', 'folder with one subfolder of photographs per person')
    .option('--template-images <dir>', 'the same people as their templates show them')
    .option('-c, --config <file>', 'the people enrolled there: alone, or held against --images');
  return withPhotos(command)
    .option('--source <text>', 'what the table says of its origin')
    .option('--fmr <rate>', 'must be promised, as "1 in 100,000", or there is no table', rate)
    .option('--extrapolate', 'promise less than was measured, by the tail of the distances, and say so')
    .option('--seed <n>', 'of the bootstrap', positiveInteger, 1)
    .option(
      '--margin <n>',
      'so many times the upper end of the interval over people is claimed: 1 for people like these, more for any others',
      margin,
      OTHER_PEOPLE,
    )
    .option(
      '--leave-out <file>',
      'people of --images who are not counted, one subfolder a line: those who are there under another name, too',
    )
    .option('--write <file>', 'put the table into this card.json, or with --head into this head')
    .option('--out <file>', 'write the table here, for models.calibration')
    .action(run);
}

async function run(options: Options): Promise<void> {
  const work = async (signal: AbortSignal, through: WorkedThrough) => {
    const { acquisition, end } = photoSource(options, through);
    const { card } = await openPacks(acquisition.packFolder).open(options.pack);
    const comparison = await openComparison(card, options.head);
    const photosIn = (folder: string | undefined): Promise<PeoplePhotos | undefined> =>
      folder === undefined ? Promise.resolve(undefined) : peoplePhotos(folder, acquisition, signal);
    const leftOut = options.leaveOut === undefined ? new Set<string>() : await readLeftOut(options.leaveOut);
    const seen = await photosIn(options.images);
    const live = seen && { ...seen, shown: withoutPeople(seen.shown, leftOut, options.leaveOut ?? '') };
    const templates = await photosIn(options.templateImages);
    if (live !== undefined) end();
    const site =
      options.config === undefined ? undefined : await siteTemplates(options.config, card, process.env);
    const calibration = calibrate({
      comparison,
      live: live?.shown ?? [],
      templates: templates?.shown.filter(({ person }) => !leftOut.has(person)),
      site,
      source: options.source,
      fmr: options.fmr,
      extrapolate: options.extrapolate === true,
      seed: options.seed,
      margin: options.margin,
    });
    const both = [live, templates].filter((photos) => photos !== undefined);
    const acquired = both.reduce((sum, { shown }) => sum + shown.length, 0);
    const facts = {
      pack: card.name,
      head: comparison.head.kind,
      digest: comparison.digest,
      photos: acquired + both.reduce((sum, { missing }) => sum + missing.length, 0),
      acquired,
      leftOut: leftOut.size,
      ...calibration,
    };
    return { card, facts };
  };
  await wholeResult({
    counted: 'photographs',
    work,
    show: async ({ card, facts }) => {
      await writeTable(options, card, facts.table);
      await printResult(options, facts, calibrationReport(facts));
    },
  });
}

async function writeTable(
  { head, write, out }: Options,
  card: ModelCard,
  table: CalibrationTable,
): Promise<void> {
  if (out !== undefined) await writeCalibration(path.resolve(out), card.name, table);
  if (write === undefined) return;
  if (head === undefined) await writeIntoCard(write, table);
  else {
    const target = await readHead(write, digestOf(card));
    // A table of another head would promise rates that were never measured.
    comparisonOf(card, target, table);
    await writeHead(path.resolve(write), { ...target, calibration: table });
  }
}

function margin(text: string): number {
  const value = Number(text);
  if (!(value >= 1 && value <= 3)) throw new InvalidArgumentError('Expected a number from 1 to 3.');
  return value;
}

function rate(text: string): FalseMatchRate {
  const value = readRate(/^[\d.e+-]+$/i.test(text) ? Number(text) : text);
  if (value === undefined)
    throw new InvalidArgumentError('Expected a rate as "1 in 100,000" or a number up to 0.01.');
  return falseMatchRate(value);
}
