/** `twinstile enroll`: photographs become templates. */

import { Command, InvalidArgumentError, Option } from 'commander';
import { exitCodeOf } from '../../base/exit-code.js';
import type { PersonId } from '../../base/ids.js';
import { type Comparison, comparisonOf } from '../../biometrics/head/comparison.js';
import { digestOf, type ModelCard } from '../../biometrics/model-card.js';
import { writePlainFile } from '../../platform/plain-file.js';
import { untilSignal } from '../../platform/signals.js';
import { enrollCandidates } from '../../records/enrollment/enroll.js';
import type { EnrollmentCandidate, EnrollmentReport } from '../../records/enrollment/enrollment-report.js';
import { enrollmentRulesOf } from '../../records/enrollment/enrollment-session.js';
import type { Lookalike } from '../../records/people/enrollment-rules.js';
import type { GalleryStore } from '../../records/people/gallery-store.js';
import type { Config } from '../../service/config/config-schema.js';
import { loadConfig } from '../../service/config/load-config.js';
import { siteZone } from '../../service/config/sections/access-section.js';
import { withCropKeeper } from '../../service/models/face-crops.js';
import { modelsOfBox } from '../../service/models/models-in-use.js';
import { recordLookalikes } from '../../service/setup/lookalike-evidence.js';
import { openComparison } from '../../service/setup/open-comparison.js';
import { withGallery } from '../../service/setup/open-gallery.js';
import {
  type EncoderOptions,
  type OpenEncoder,
  openPhotoEncoder,
} from '../../service/setup/open-photo-encoder.js';
import { sandboxPolicyOf } from '../../service/setup/sandbox-policy.js';
import type { QualityProblem } from '../../vision/detection/quality.js';
import {
  type ConfigOption,
  configOption,
  type OfficeDependencies,
  officeDependencies,
} from '../office-dependencies.js';
import { type EnrollProgress, progressOn } from '../progress-line.js';
import { newcomersLines } from './audit-enrolled.js';
import { writeTemplate } from './csv-template.js';
import { type CameraOptions, enrollBeforeCamera, isBeforeCamera } from './enroll-camera.js';
import { closingLines, passedOverLines } from './enroll-report.js';
import { candidatesFrom, type EnrollSources, type SourceOptions } from './enroll-sources.js';
import { unknownGroupLines, withGroupsAsWritten } from './groups-as-written.js';
import { nearBadgeLines } from './near-badges.js';
import { expectCapturedAt } from './people-audit.js';

export interface EnrollDependencies extends OfficeDependencies {
  readonly openEncoder: (options: EncoderOptions) => Promise<OpenEncoder>;
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

/**
 * Enrolls photographs, for each command that has them: with encoder, rules and progress.
 * @throws TwinstileError of the pack, the encoder or the store; what was accepted before is stored.
 */
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
  const inUse = await openComparison(card, head, calibration);
  const comparison = between(card, inUse);
  const named = new Set<PersonId>();
  const lookalikes: Lookalike[] = [];
  const start = performance.now();
  const progress = dependencies.progress(total);
  try {
    const report = await withCropKeeper(config, packFolder, dependencies.env, (crops) =>
      enrollCandidates(
        noting(candidates, named),
        {
          store: gallery,
          encoder,
          digest: digestOf(card),
          dimension: card.encoder.dimension,
          rules: enrollmentRulesOf(comparison, { ...options, clock: dependencies.clock }),
          crops,
          inFlight: 3 * options.workers + 3,
          onProgress: progress.show,
          onLookalike: (refused) => lookalikes.push(refused),
        },
        signal,
      ),
    );
    const lines = closingLines(report, (performance.now() - start) / 1000, without);
    const newcomers = report.accepted === 0 ? new Set<PersonId>() : named;
    const audited = await newcomersLines({ gallery, config, comparison: inUse }, newcomers);
    await recordLookalikes({ config, gallery, comparison: inUse, clock: dependencies.clock }, lookalikes);
    return { report, lines: [...lines, ...uncompared(card, comparison), ...audited] };
  } finally {
    progress.end();
    await encoder.close();
  }
}

async function* noting(
  candidates: PhotoWork['candidates'],
  named: Set<PersonId>,
): AsyncGenerator<EnrollmentCandidate> {
  for await (const candidate of candidates) {
    named.add(candidate.person.id);
    yield candidate;
  }
}

/** A half-twin's table is of templates against live faces and not of two photographs: these the encoder compares alone. */
const between = (card: ModelCard, comparison: Comparison): Comparison =>
  comparison.head.kind === 'half-twin' ? comparisonOf(card) : comparison;

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

interface Options extends ConfigOption, SourceOptions, PhotoOptions, CameraOptions {
  readonly capturedAt: string;
  /** The file's name; true without one. */
  readonly csvTemplate?: string | true;
  readonly report?: string;
  readonly strict?: boolean;
}

/** @param replaced of the dependencies, in tests. */
export function enrollCommand(replaced: Partial<EnrollDependencies> = {}): Command {
  const dependencies = { ...realEnrollDependencies(), ...replaced };
  const enrollment = new Command('enroll')
    .description('Enroll people from photographs: a few of one person, a folder, or a CSV list.')
    .argument('[photos...]', 'photographs of one person, or one folder with a subfolder for each person')
    .addOption(configOption())
    .option(
      '--csv <file>',
      'list with the columns person, name, photo and, if wanted, badge, groups, valid_from, valid_until, consent',
    )
    .option('--csv-template [file]', 'write such a list without people to a new file, or show its columns')
    .option('--person <id>', 'id of the person on the photographs')
    .option('--name <name>', 'name of that person')
    .option('--badge <ids...>', 'badges of that person')
    .option(
      '--captured-at <place>',
      'where the photographs were taken: photo, webcam, a lane, or SITE/LANE of another box',
      'photo',
    )
    .option('--valid-from <date>', 'first day, such as 2026-01-31, or date and time')
    .option('--valid-until <date>', 'last day, or date and time')
    .option('--consent-text <version>', 'the text that these people agreed to; without it they do not match');
  return withPhotoOptions(enrollment)
    .option('--report <file>', 'write what became of the photographs to this JSON file')
    .option('--strict', 'exit code 3 when any photograph is refused or any folder passed over')
    .addHelpText('after', EXAMPLES)
    .option('--lane <id>', 'take the looks at this lane, with its own camera, through the running service')
    .option('--camera <camera>', 'take the looks with this camera: /dev/video0, an address, or a recording')
    .action((photos: string[], options: Options) =>
      isBeforeCamera(options)
        ? enrollBeforeCamera(dependencies, photos, options)
        : enroll(dependencies, photos, options),
    );
}

const EXAMPLES = `
Examples:
  twinstile enroll ada1.jpg ada2.jpg --person ada --name "Ada Lovelace" \\
    --consent-text 2026-1
  # a subfolder for each person: photos/ada/1.jpg, photos/bob/1.jpg, …
  twinstile enroll photos/ --consent-text 2026-1
  twinstile enroll --csv-template people.csv
  twinstile enroll --csv people.csv --report report.json
  # stills of the camera of lane north
  twinstile enroll stills/ --captured-at north
  # before that camera, now
  twinstile enroll --lane north --person ada --consent-text 2026-1

The same command again goes on where it was stopped: photographs that are known
are passed over.`;

async function enroll(
  dependencies: EnrollDependencies,
  photos: readonly string[],
  options: Options,
): Promise<void> {
  if (options.csvTemplate !== undefined) return writeTemplate(dependencies, options.csvTemplate);
  const config = await loadConfig(options.config);
  const { access } = config;
  const { candidates: given, passedOver } = await candidatesFrom(photos, options, {
    now: dependencies.clock.wall(),
    zone: siteZone(config),
  });
  const condition = expectCapturedAt(options.capturedAt, config);
  const candidates = given.map((one) => ({ ...withGroupsAsWritten(one, access), condition }));
  for (const line of unknownGroupLines(candidates, access)) dependencies.print(line);
  await dependencies.untilSignal((signal) =>
    withGallery(
      config,
      dependencies.env.CREDENTIALS_DIRECTORY,
      async ({ gallery }) => {
        const total = candidates.filter(({ read }) => read !== undefined).length;
        const work = { config, gallery, candidates, total, options };
        const { report, lines } = await enrollPhotos(dependencies, work, signal);
        const near = await nearBadgeLines(
          gallery,
          candidates.flatMap(({ person: { id: person }, badges }) =>
            badges.map((badge) => ({ badge, person })),
          ),
        );
        await printReport(dependencies, { report, lines: [...lines, ...near], passedOver }, options);
      },
      'create',
    ),
  );
}

async function printReport(
  { print, setExitCode }: EnrollDependencies,
  { report, lines, passedOver }: PhotosDone & Pick<EnrollSources, 'passedOver'>,
  options: Options,
): Promise<void> {
  for (const line of [...lines, ...passedOverLines(passedOver)]) print(line);
  if (options.report !== undefined) {
    const text = `${JSON.stringify({ ...report, passedOver }, null, 2)}\n`;
    await writePlainFile(options.report, text, { mode: 0o600, how: 'replace' });
    print(`The whole report is in ${options.report}.`);
  }
  const isEmpty = report.accepted + report.known + report.withoutFace.length === 0;
  if (report.stopped) setExitCode(exitCodeOf('stopped'));
  else if (isEmpty || (options.strict === true && report.refusals.length + passedOver.length > 0))
    setExitCode(exitCodeOf('refused'));
}
