/** `twinstile enroll`: photographs become templates. */
import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import type { EnrollmentCandidate } from '../../records/enrollment/enrollment-report.js';
import {
  groupAsWritten,
  groupsWithoutRule,
  groupWithoutRuleLine,
} from '../../service/config/access-model.js';
import type { Config } from '../../service/config/config-schema.js';
import { loadConfig } from '../../service/config/load-config.js';
import { siteZone } from '../../service/config/sections/access-section.js';
import { withGallery } from '../../service/setup/open-gallery.js';
import { type ConfigOption, configOption } from '../office-dependencies.js';
import {
  type EnrollDependencies,
  enrollPhotos,
  type PhotoOptions,
  type PhotosDone,
  realEnrollDependencies,
  withPhotoOptions,
} from './enroll-photos.js';
import { passedOverLines } from './enroll-report.js';
import { candidatesFrom, type EnrollSources, type SourceOptions } from './enroll-sources.js';

interface Options extends ConfigOption, SourceOptions, PhotoOptions {
  readonly report?: string;
  readonly strict?: boolean;
}

/** @param replaced of the dependencies, in tests. */
export function enrollCommand(replaced: Partial<EnrollDependencies> = {}): Command {
  const dependencies = { ...realEnrollDependencies(), ...replaced };
  const enrollment = new Command('enroll')
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
    .option('--consent-text <version>', 'the text that these people agreed to; without it they do not match');
  return withPhotoOptions(enrollment)
    .option('--report <file>', 'write what became of the photographs to this JSON file')
    .option('--strict', 'exit code 1 when any photograph is refused or any folder passed over')
    .addHelpText('after', EXAMPLES)
    .action((photos: string[], options: Options) => enroll(dependencies, photos, options));
}

const EXAMPLES = `
Examples:
  twinstile enroll ada1.jpg ada2.jpg --person ada --name "Ada Lovelace" --consent-text 2026-1
  twinstile enroll photos/ --consent-text 2026-1          photos/ada/1.jpg, photos/bob/1.jpg, …
  twinstile enroll --csv people.csv --report report.json
The same command again goes on where it was stopped: photographs that are known are passed over.`;

async function enroll(
  dependencies: EnrollDependencies,
  photos: readonly string[],
  options: Options,
): Promise<void> {
  const config = await loadConfig(options.config);
  const { access } = config;
  const { candidates: given, passedOver } = await candidatesFrom(photos, options, {
    now: dependencies.clock.wall(),
    zone: siteZone(config),
  });
  const candidates = given.map((one) => withGroupsAsWritten(one, access));
  const groups = candidates.flatMap(({ person }) => person.groups ?? []);
  if (access !== undefined)
    for (const name of groupsWithoutRule(access, groups))
      dependencies.print(groupWithoutRuleLine(access, name));
  await dependencies.untilSignal((signal) =>
    withGallery(
      config,
      dependencies.env.CREDENTIALS_DIRECTORY,
      async ({ gallery }) => {
        const work = { config, gallery, candidates, total: candidates.length, options };
        await printReport(
          dependencies,
          { ...(await enrollPhotos(dependencies, work, signal)), passedOver },
          options,
        );
      },
      'create',
    ),
  );
}

/** `Suspended` of a list is the rules' `suspended`. */
function withGroupsAsWritten(candidate: EnrollmentCandidate, access: Config['access']): EnrollmentCandidate {
  const { groups } = candidate.person;
  if (groups === undefined) return candidate;
  const written = [...new Set(groups.map((name) => groupAsWritten(access, name)))];
  return { ...candidate, person: { ...candidate.person, groups: written } };
}

async function printReport(
  { print, setExitCode }: EnrollDependencies,
  { report, lines, passedOver }: PhotosDone & Pick<EnrollSources, 'passedOver'>,
  options: Options,
): Promise<void> {
  for (const line of [...lines, ...passedOverLines(passedOver)]) print(line);
  if (options.report !== undefined) {
    await writeFile(options.report, `${JSON.stringify({ ...report, passedOver }, null, 2)}\n`, {
      mode: 0o600,
    });
    print(`The whole report is in ${options.report}.`);
  }
  const isEmpty = report.accepted + report.known === 0;
  if (report.stopped) setExitCode(130);
  else if (isEmpty || (options.strict === true && report.refusals.length + passedOver.length > 0))
    setExitCode(1);
}
