/** `twinstile people import`: from the export of a directory service to the gallery. */

import { Command, Option } from 'commander';
import { TwinstileError } from '../../base/errors.js';
import { exitCodeOf } from '../../base/exit-code.js';
import { type ModelDigest, modelDigest, type PersonId } from '../../base/ids.js';
import { countPeople } from '../../base/plural.js';
import { writePlainFile } from '../../platform/plain-file.js';
import type { DirectoryExport } from '../../records/directory-import/directory-export.js';
import { checkRemoval, importPeople, planFrom } from '../../records/directory-import/import-people.js';
import type { PlanRules } from '../../records/directory-import/import-plan.js';
import { openLdif } from '../../records/directory-import/ldif.js';
import { openScim } from '../../records/directory-import/scim.js';
import type { GalleryStore } from '../../records/people/gallery-store.js';
import { groupsWithoutRule, groupWithoutRuleLine } from '../../service/config/access-model.js';
import type { Config } from '../../service/config/config-schema.js';
import { loadConfig } from '../../service/config/load-config.js';
import { siteZone } from '../../service/config/sections/access-section.js';
import { encoderInUse } from '../../service/models/models-in-use.js';
import { withGallery } from '../../service/setup/open-gallery.js';
import { isConfirmed } from '../confirm.js';
import { type ConfigOption, configOption, integerFrom } from '../office-dependencies.js';
import { briefOf } from '../person-lines.js';
import { createProgressLine } from '../progress-line.js';
import { consentFrom } from './enroll-sources.js';
import {
  type EnrollDependencies,
  enrollPhotos,
  type PhotoOptions,
  type PhotosDone,
  realEnrollDependencies,
  withPhotoOptions,
} from './enroll-verb.js';
import { importRules, type MappingOptions } from './import-mapping.js';
import { type ImportReport, importJson, importLines } from './import-report.js';
import { type HeldBadge, nearBadgeLines } from './near-badges.js';

interface Options extends ConfigOption, PhotoOptions, MappingOptions {
  readonly format?: 'ldif' | 'scim';
  readonly consentText?: string;
  readonly dryRun?: boolean;
  readonly photos: boolean;
  readonly removeMissing?: boolean;
  readonly mostRemovals?: number;
  readonly yes?: boolean;
  readonly report?: string;
}

export interface ImportDependencies extends EnrollDependencies {
  /** Whose templates count here; undefined where no such pack is installed. */
  readonly encoderInUse: (config: Config) => Promise<ModelDigest | undefined>;
}

/** They are stored all the same: a badge opens where a badge is enough. */
const WITHOUT = 'Without a face, for want of a good photo';

const EXAMPLES = `
Examples:
  ldapsearch -o ldif-wrap=no … > staff.ldif
  # what would be done
  twinstile people import staff.ldif --dry-run
  twinstile people import staff.ldif --map id=uid badge=badgeNumber \\
    --consent-text 2026-1
  # SCIM 2.0, all pages of one answer
  twinstile people import page1.json page2.json --remove-missing

The directory has the last word on name, groups, expiry and what else is mapped.
The same command again goes on where it was stopped.`;

/** @param replaced of the dependencies, in tests. */
export function importCommand(replaced: Partial<ImportDependencies> = {}): Command {
  const dependencies: ImportDependencies = {
    ...realEnrollDependencies(),
    encoderInUse: (config) => encoderInUse(config, dependencies.env),
    ...replaced,
  };
  const command = new Command('import')
    .description('Take over people from the export of a directory service: LDIF, or SCIM 2.0 as JSON.')
    .argument('<files...>', 'the export; several files are parts of one')
    .addOption(configOption())
    .addOption(new Option('--format <name>', 'by the file’s ending if absent').choices(['ldif', 'scim']))
    .option('--map <pairs...>', 'FIELD=ATTRIBUTE,…: which attribute says what; goes before registrar.import')
    .option('--access-group <pairs...>', 'GROUP-OF-THE-DIRECTORY=ACCESS-GROUP')
    .option('--consent-text <version>', 'the text that all of them agreed to; without consent nobody matches')
    .option('--dry-run', 'only say what would be done')
    .option('--no-photos', 'leave the photographs for another time')
    .option('--remove-missing', 'remove whom the directory brought before and has no more')
    .option('--yes', 'remove without asking; for scripts')
    .option(
      '--most-removals <number>',
      'how many may be removed; a tenth, and at least five, if absent',
      integerFrom(0),
    );
  return withPhotoOptions(command)
    .option('--report <file>', 'write all of it to this JSON file')
    .addHelpText('after', EXAMPLES)
    .action((files: string[], options: Options) => run(dependencies, files, options));
}

interface Done {
  readonly report: ImportReport;
  /** Of photographs and badges. */
  readonly lines: readonly string[];
}

/** Prints what was done, and writes the report where one is asked for. */
async function show(
  { print }: Pick<ImportDependencies, 'print'>,
  { report, lines }: Done,
  options: Options,
  signal: AbortSignal,
): Promise<void> {
  for (const line of [...importLines(report), ...lines]) print(line);
  if (options.dryRun === true) print('Nothing was changed: --dry-run.');
  else if (signal.aborted) print('Stopped: not all of this was done; the same command goes on from here.');
  if (options.report === undefined) return;
  const text = `${JSON.stringify(importJson(report), null, 2)}\n`;
  await writePlainFile(options.report, text, { mode: 0o600, how: 'replace' });
  print(`The whole report is in ${options.report}.`);
}

async function run(
  dependencies: ImportDependencies,
  files: readonly string[],
  options: Options,
): Promise<void> {
  const config = await loadConfig(options.config);
  const source = exportOf(files, options);
  const now = dependencies.clock.wall();
  const consent = consentFrom(options.consentText, now);
  const rules: PlanRules = {
    ...importRules(config.registrar?.import, options),
    zone: siteZone(config),
    // Without an encoder no photograph has given its template yet.
    digest: (await dependencies.encoderInUse(config)) ?? modelDigest(''),
    now,
    consent,
  };
  const { access } = config;
  if (access !== undefined)
    for (const name of groupsWithoutRule(access, rules.groups.values(), [rules.mark]))
      dependencies.print(groupWithoutRuleLine(access, name));
  await dependencies.untilSignal((signal) =>
    withGallery(
      config,
      dependencies.env.CREDENTIALS_DIRECTORY,
      async ({ gallery }) => {
        const { report, photos } = await takeOverPeople(
          dependencies,
          { config, gallery, source, rules, options },
          signal,
        );
        const badges = await nearBadgeLines(gallery, badgesOf(report));
        await show(dependencies, { report, lines: [...(photos?.lines ?? []), ...badges] }, options, signal);
        const { added, changed, unchanged } = report.plan;
        if (signal.aborted) dependencies.setExitCode(exitCodeOf('stopped'));
        else if (added.length + changed.length + unchanged.length === 0)
          dependencies.setExitCode(exitCodeOf('refused'));
      },
      options.dryRun === true ? 'pretend' : 'create',
    ),
  );
}

/** That the import gives. */
const badgesOf = ({ plan: { added, changed } }: ImportReport): readonly HeldBadge[] =>
  [...added, ...changed].flatMap(({ changes }) =>
    changes.flatMap((change) =>
      change.kind === 'add-badge' ? [{ badge: change.badge, person: change.person }] : [],
    ),
  );

interface Work {
  readonly config: Config;
  readonly gallery: GalleryStore;
  readonly source: DirectoryExport;
  readonly rules: PlanRules;
  readonly options: Options;
}

async function takeOverPeople(
  dependencies: ImportDependencies,
  { config, gallery, source, rules, options }: Work,
  signal: AbortSignal,
): Promise<{ readonly report: ImportReport; readonly photos?: PhotosDone }> {
  const plan = await planFrom(source, gallery, rules);
  const remove = options.removeMissing === true;
  const { mostRemovals: most } = options;
  if (remove)
    checkRemoval(plan, {
      missingCount: source.missingCount(),
      incomplete: source.incomplete?.(),
      maxRemovals: most,
    });
  const isAllowed =
    !remove ||
    plan.missing.length === 0 ||
    (await isRemovalConfirmed(dependencies, gallery, plan.missing, options));
  if (!isAllowed || options.dryRun === true) return { report: { plan, dryRun: true, removed: [] } };
  let photos: PhotosDone | undefined;
  const progress = createProgressLine('people');
  const { removed, photos: report } = await importPeople(
    source,
    plan,
    {
      store: gallery,
      rules,
      remove,
      onStored: progress.show,
      enroll: options.photos
        ? async (candidates, total) => {
            progress.end();
            photos = await enrollPhotos(
              dependencies,
              { config, gallery, candidates, total, options, without: WITHOUT },
              signal,
            );
            return photos.report;
          }
        : undefined,
    },
    signal,
  );
  progress.end();
  return {
    report: { plan, dryRun: false, removed, photos: report },
    photos,
  };
}

/** More would push what matters off the screen. */
const MAX_SHOWN = 20;

async function isRemovalConfirmed(
  dependencies: ImportDependencies,
  gallery: GalleryStore,
  missing: readonly PersonId[],
  { yes, dryRun }: Options,
): Promise<boolean> {
  // The report names them.
  if (dryRun === true) return true;
  dependencies.print('To be removed, because the directory has them no more:');
  for (const person of missing.slice(0, MAX_SHOWN)) {
    const one = await gallery.find(person);
    if (one !== undefined) dependencies.print(`  ${briefOf(one)}`);
  }
  if (missing.length > MAX_SHOWN) dependencies.print(`  and ${missing.length - MAX_SHOWN} more`);
  return isConfirmed(dependencies, `Remove ${countPeople(missing.length)}?`, { yes });
}

function exportOf(files: readonly string[], { format }: Options): DirectoryExport {
  const isScim = (file: string): boolean => /\.json$/i.test(file);
  if (format === undefined && files.some((file) => isScim(file) !== isScim(files[0] ?? '')))
    throw new TwinstileError({
      code: 'bad-arguments',
      message: 'Expected files of one format, got LDIF and JSON.',
      hint: 'Import one after the other, or say --format.',
    });
  return (format ?? (files.every(isScim) ? 'scim' : 'ldif')) === 'scim' ? openScim(files) : openLdif(files);
}
