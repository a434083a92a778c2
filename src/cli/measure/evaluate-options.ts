/** What every evaluation of photographs is asked, and how it answers. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { TwinstileError } from '../../base/errors.js';
import { packsFolder } from '../../biometrics/packs/pack-catalog.js';
import type { BootstrapPlan } from '../../biometrics/statistics/bootstrap.js';
import { METRIC_NAMES, type MetricName } from '../../biometrics/statistics/metric.js';
import { type AcquisitionOptions, defaultCacheFolder } from '../../lab/evaluate/acquire-photos.js';
import type { Report } from '../../lab/report/html-report.js';
import { pageOf, terminalText } from '../../lab/report/render-report.js';
import { writePlainFile } from '../../platform/plain-file.js';
import { createProgressLine } from '../progress-line.js';
import type { WorkedThrough } from '../whole-result.js';

export interface ResultOptions {
  readonly json?: boolean;
  readonly html?: string;
}

export interface EvaluatedPhotoOptions extends ResultOptions {
  readonly pack: string;
  readonly folder?: string;
  readonly head?: string;
  readonly cache: boolean;
}

export interface ChanceOptions {
  readonly replicates: number;
  readonly seed: number;
}

export const withResult = (command: Command): Command =>
  command
    .option('--json', 'as JSON')
    .option('--html <file>', 'write a page with charts, which needs nothing else');

export const withPhotos = (command: Command): Command =>
  withResult(
    command
      .option('--pack <name>', 'model pack', 'builtin')
      .option('--folder <dir>', 'folder of the packs')
      .option('--head <file>', 'as models.head: compare through this head')
      .option('--no-cache', 'encode every photograph anew and keep nothing'),
  );

export interface MetricOption {
  readonly metric?: MetricName;
}

export const withMetric = (command: Command): Command =>
  command.addOption(
    new Option('--metric <name>', 'distance to measure by; that of the pack or head if absent').choices(
      METRIC_NAMES,
    ),
  );

export interface SameCameraOption {
  readonly sameCamera?: boolean;
}

export const withSameCamera = (command: Command): Command =>
  command.option(
    '--same-camera',
    'all photographs are of one camera: compare through the centre of who is enrolled',
  );

/** @throws TwinstileError 'bad-arguments' with a metric of its own: a centre belongs to the one in use. */
export function expectSameCamera({ sameCamera = false, metric }: SameCameraOption & MetricOption): boolean {
  if (!sameCamera || metric === undefined) return sameCamera;
  throw new TwinstileError({
    code: 'bad-arguments',
    message: 'Expected either --same-camera or --metric, got both.',
    hint: 'With --same-camera faces are compared as a lane compares them.',
  });
}

export const withChance = (command: Command): Command =>
  command
    .option('--replicates <n>', 'of the bootstrap over people', positiveInteger, 1000)
    .option('--seed <n>', 'of all that is random', positiveInteger, 1);

/** Shows the progress on stderr, and counts it. Ends with `end`. */
export function photoSource(
  options: EvaluatedPhotoOptions,
  through: WorkedThrough,
): {
  readonly acquisition: AcquisitionOptions;
  readonly end: () => void;
} {
  const progress = createProgressLine('photographs');
  return {
    acquisition: {
      pack: options.pack,
      packFolder: packsFolder({ argument: options.folder, env: process.env }),
      head: options.head,
      cacheFolder: options.cache ? defaultCacheFolder(process.env) : undefined,
      onProgress: (done, of) => {
        Object.assign(through, { done, of });
        progress.show(done, of);
      },
    },
    end: progress.end,
  };
}

export const planOf = ({ replicates, seed }: ChanceOptions): BootstrapPlan => ({ replicates, seed });

/** @throws TwinstileError 'bad-arguments' when the page cannot be written. */
export async function printResult(options: ResultOptions, result: object, report: Report): Promise<void> {
  if (options.html !== undefined) await writePage(options.html, report);
  process.stdout.write(options.json === true ? `${JSON.stringify(result)}\n` : terminalText(report));
}

/** @throws TwinstileError 'bad-arguments' when it cannot be written. */
export async function writePage(file: string, report: Report): Promise<void> {
  const args = process.argv.slice(2).join(' ');
  const page = pageOf(report, `twinstile ${args} (${new Date().toISOString().slice(0, 16)} UTC)`);
  try {
    await writePlainFile(file, page, { mode: 0o644, how: 'replace' });
  } catch (cause) {
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `${file} could not be written.`,
      hint: 'Name a file in a folder that can be written.',
      cause,
    });
  }
}

export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value >= 2 ** 32)
    throw new InvalidArgumentError('Expected a whole number above 0.');
  return value;
}
