/** `twinstile enroll`: photographs become templates. */
import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { packsFolder } from '../adapters/packs/folder.js';
import { openComparison } from '../app/open-comparison.js';
import { withGallery } from '../app/open-gallery.js';
import { type EncoderWish, type OpenEncoder, openPhotoEncoder } from '../app/open-photo-encoder.js';
import { reachOf } from '../app/shut-in.js';
import { untilTold } from '../app/until-told.js';
import { loadConfig } from '../config/load.js';
import type { QualityProblem } from '../detection/quality.js';
import { likenessLimits } from '../gallery/enrolment-limits.js';
import type { EnrolRules } from '../pipeline/enrol/desk.js';
import { enrol } from '../pipeline/enrol/enrol.js';
import type { EnrolReport } from '../pipeline/enrol/report.js';
import { digestOf, type ModelCard } from '../siamese/card.js';
import { type Comparison, comparisonOf } from '../siamese/head/comparison.js';
import { type EnrollProgress, progressOn } from './enroll-progress.js';
import { closingLines } from './enroll-report.js';
import { candidatesFrom, type SourceOptions } from './enroll-sources.js';
import { type ConfigOption, configOption, type OfficeWorld, realOffice } from './office-world.js';

export interface EnrollWorld extends OfficeWorld {
  readonly openEncoder: (wish: EncoderWish) => Promise<OpenEncoder>;
  readonly progress: (total: number) => EnrollProgress;
  /** Runs the work until somebody asks the program to stop. */
  readonly untilTold: (work: (signal: AbortSignal) => Promise<void>) => Promise<void>;
}

const realWorld = (): EnrollWorld => ({
  ...realOffice(),
  openEncoder: openPhotoEncoder,
  progress: (total) => progressOn(process.stderr, total),
  untilTold,
});

interface Options extends ConfigOption, SourceOptions {
  readonly report?: string;
  readonly strict?: boolean;
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

/** @param world replaces parts of the outside world in tests. */
export function enrollCommand(world: Partial<EnrollWorld> = {}): Command {
  const here = { ...realWorld(), ...world };
  return new Command('enroll')
    .description('Enrol people from photographs: a few of one person, a folder, or a CSV list.')
    .argument('[photos...]', 'photographs of one person, or one folder with a subfolder for each person')
    .addOption(configOption())
    .option(
      '--csv <file>',
      'list with the columns person, name, photo and, if wanted, badge, groups, valid_from, valid_until, consent',
    )
    .option('--person <id>', 'id of the person on the photographs')
    .option('--name <name>', 'name of that person')
    .option('--badge <ids...>', 'badges of that person')
    .option('--valid-from <date>', 'first day, such as 2026-01-31, or date and time')
    .option('--valid-until <date>', 'last day, or date and time')
    .option('--consent-text <version>', 'the text that these people agreed to; without it they do not match')
    .addOption(
      new Option('--tolerate <problems...>', 'problems of a photograph that do not refuse it').choices(
        PROBLEMS,
      ),
    )
    .option('--no-lookalikes', 'do not compare the photographs with each other and with the gallery')
    .option('--workers <number>', 'processes that encode side by side', wholeWorkers, 1)
    .option('--report <file>', 'write what became of the photographs to this JSON file')
    .option('--strict', 'exit code 1 when any photograph is refused')
    .addHelpText('after', EXAMPLES)
    .action((photos: string[], options: Options) => enroll(here, photos, options));
}

const EXAMPLES = `
Examples:
  twinstile enroll ada1.jpg ada2.jpg --person ada --name "Ada Lovelace" --consent-text 2026-1
  twinstile enroll photos/ --consent-text 2026-1          photos/ada/1.jpg, photos/bob/1.jpg, …
  twinstile enroll --csv people.csv --report report.json
The same command again goes on where it was stopped: photographs that are known are passed over.`;

async function enroll(world: EnrollWorld, photos: readonly string[], options: Options): Promise<void> {
  const config = await loadConfig(options.config);
  const candidates = await candidatesFrom(photos, options, world.clock.wall());
  const packFolder = packsFolder({ env: world.env, config: config.models.folder });
  await world.untilTold((signal) =>
    withGallery(config, world.env.CREDENTIALS_DIRECTORY, async ({ gallery }) => {
      const { pack, provider, threads, head } = config.models;
      const { encoder, card } = await world.openEncoder({
        pack,
        packFolder,
        provider,
        threads,
        workers: options.workers,
        reach: reachOf(config, packFolder, undefined, world.env.CREDENTIALS_DIRECTORY),
      });
      const comparison = between(card, await openComparison(card, head));
      const start = performance.now();
      const progress = world.progress(candidates.length);
      let report: EnrolReport;
      try {
        report = await enrol(
          candidates,
          {
            store: gallery,
            encoder,
            digest: digestOf(card),
            dimension: card.encoder.dimension,
            rules: rulesFor(comparison, options, world),
            inFlight: 3 * options.workers + 3,
            onProgress: progress.show,
          },
          signal,
        );
      } finally {
        progress.end();
        await encoder.close();
      }
      await tell(world, report, { card, comparison }, options, (performance.now() - start) / 1000);
    }),
  );
}

/** A half-twin's table speaks of a template beside a live face and not of two photographs: these the encoder compares alone. */
const between = (card: ModelCard, comparison: Comparison): Comparison =>
  comparison.head.kind === 'half-twin' ? comparisonOf(card) : comparison;

function rulesFor(
  comparison: Comparison,
  { tolerate = [], lookalikes }: Options,
  { clock }: EnrollWorld,
): EnrolRules {
  const { calibration } = comparison;
  return {
    sides: comparison,
    limits: (templates) =>
      calibration === undefined || !lookalikes ? {} : likenessLimits(calibration, templates),
    tolerated: tolerate,
    clock,
  };
}

async function tell(
  { print, setExitCode }: EnrollWorld,
  report: EnrolReport,
  { card, comparison }: { readonly card: ModelCard; readonly comparison: Comparison },
  options: Options,
  seconds: number,
): Promise<void> {
  for (const line of closingLines(report, seconds)) print(line);
  if (comparison.calibration === undefined)
    print(
      `${comparison.head.kind === 'identity' ? `Pack '${card.name}'` : 'The head'} is not calibrated: the photographs were not compared with each other.`,
    );
  if (options.report !== undefined) {
    await writeFile(options.report, `${JSON.stringify(report, null, 2)}\n`, { mode: 0o600 });
    print(`The whole report is in ${options.report}.`);
  }
  const nothing = report.accepted + report.known === 0;
  if (report.stopped) setExitCode(130);
  else if (nothing || (options.strict === true && report.refusals.length > 0)) setExitCode(1);
}

function wholeWorkers(value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= 1 && number <= 32) return number;
  throw new InvalidArgumentError('Expected a whole number, 1 to 32.');
}
