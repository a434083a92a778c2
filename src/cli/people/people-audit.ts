/** `twinstile people audit`: which templates and people need attention, with what to do about each. */

import { Command } from 'commander';
import { formatOdds } from '../../access/fmr-bound.js';
import { TwinstileError } from '../../base/errors.js';
import type { PersonId } from '../../base/ids.js';
import { jsonText } from '../../base/names.js';
import { countPeople, plural } from '../../base/plural.js';
import {
  type CaptureCondition,
  countsAsPhoto,
  UNKNOWN_CONDITION,
  WEBCAM,
} from '../../biometrics/conditions/capture-condition.js';
import { openPacks } from '../../biometrics/packs/pack-store.js';
import type { GalleryChange } from '../../records/people/person.js';
import type { Config } from '../../service/config/config-schema.js';
import { loadConfig } from '../../service/config/load-config.js';
import { modelsOfBox } from '../../service/models/models-in-use.js';
import {
  auditGallery,
  type CapturedAt,
  CORRECTABLE,
  type GalleryAudit,
  readCapturedAt,
} from '../../service/setup/audit-gallery.js';
import { openComparison } from '../../service/setup/open-comparison.js';
import { type Office, withGallery } from '../../service/setup/open-gallery.js';
import { type ConfigOption, configOption, type OfficeDependencies } from '../office-dependencies.js';
import { findPerson } from '../person-lines.js';

interface AuditOptions extends ConfigOption {
  readonly json?: boolean;
  readonly capturedAt?: string;
}

const EXAMPLES = `
Examples:
  twinstile people audit
  # what concerns these two
  twinstile people audit ada bob
  # her templates were taken by the camera of lane north
  twinstile people audit ada --captured-at north
  # at a registrar: by the camera of that site's lane
  twinstile people audit eve --captured-at plant/dock
  # all templates of unknown origin are photographs
  twinstile people audit --captured-at photo`;

export const auditCommand = (dependencies: OfficeDependencies): Command =>
  new Command('audit')
    .description('Which templates and people need attention, and what to do about each.')
    .argument('[people...]', 'ids of people; everybody if absent')
    .addOption(configOption())
    .option(
      '--captured-at <place>',
      'first record where templates of unknown origin were taken: photo, webcam, a lane, or SITE/LANE of another box',
    )
    .option('--json', 'as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (ids: string[], options: AuditOptions) => {
      const config = await loadConfig(options.config);
      await withGallery(config, dependencies.env.CREDENTIALS_DIRECTORY, (office) =>
        audit(dependencies, { office, config, ids }, options),
      );
    });

interface AuditTarget {
  readonly office: Office;
  readonly config: Config;
  readonly ids: readonly string[];
}

async function audit(
  dependencies: OfficeDependencies,
  { office, config, ids }: AuditTarget,
  options: AuditOptions,
): Promise<void> {
  const { print, env } = dependencies;
  const only: PersonId[] = [];
  for (const id of new Set(ids)) only.push((await findPerson(office, id)).person.id);
  if (options.capturedAt !== undefined) {
    const changed = await recordPlace(office, config, only, options.capturedAt);
    if (options.json !== true)
      print(`Recorded for ${countPeople(changed)}: captured at ${options.capturedAt}.`);
  }
  const found = await auditOffice(office, config, env, only.length === 0 ? undefined : new Set(only));
  if (options.json === true) await dependencies.write(`${jsonText(found, 2)}\n`);
  else for (const line of auditLines(found)) print(line);
}

/** Audits a gallery by the models of this box. @throws TwinstileError of the pack, head or table. */
async function auditOffice(
  { gallery }: Pick<Office, 'gallery'>,
  given: Config,
  env: NodeJS.ProcessEnv,
  only?: ReadonlySet<PersonId>,
): Promise<GalleryAudit> {
  const { config, models } = await modelsOfBox(given, env);
  const { card } = await openPacks(models.packFolder).open(config.models.pack);
  const comparison = await openComparison(card, config.models.head, config.models.calibration);
  return auditGallery({ gallery, config, comparison }, only);
}

/** Reads where templates were captured. @throws TwinstileError 'bad-arguments' for another place. */
export function expectCapturedAt(place: string, config: Config): CaptureCondition {
  const condition = readCapturedAt(place, config);
  if (condition !== undefined) return condition;
  throw new TwinstileError({
    code: 'bad-arguments',
    message: `Expected photo, webcam, a lane, or SITE/LANE of another box, got ${JSON.stringify(place)}.`,
    hint: `Lanes of this configuration: ${config.lanes.map(({ id }) => id).join(', ')}.`,
  });
}

/** @param only whose templates; none: those of all people. @returns how many people are concerned. */
async function recordPlace(
  { gallery }: Office,
  config: Config,
  only: readonly PersonId[],
  place: string,
): Promise<number> {
  const condition = expectCapturedAt(place, config);
  const instead: readonly CaptureCondition[] =
    only.length === 0 ? [UNKNOWN_CONDITION] : CORRECTABLE.filter((one) => one !== condition);
  const people = (await gallery.list()).filter(
    ({ person, templates }) =>
      (only.length === 0 || only.includes(person.id)) &&
      templates.some((template) => instead.includes(template.condition)),
  );
  await gallery.apply(
    people.map(
      ({ person }): GalleryChange => ({ kind: 'set-condition', person: person.id, condition, instead }),
    ),
  );
  return people.length;
}

/** Formats an audit as text, one finding after the other, each with what to do. */
export function auditLines(found: GalleryAudit): readonly string[] {
  const { people, templates, captured, oldEncoder, lanes } = found;
  const findings = [
    ...likenessLines(found),
    ...captured.flatMap(conditionLines),
    ...(oldEncoder.length === 0
      ? []
      : [
          `encoder: ${namesOf(oldEncoder)} ${oldEncoder.length === 1 ? 'has' : 'have'} no template of the encoder in use. Enroll again, or re-encode kept crops: twinstile models reencode`,
        ]),
  ];
  return [
    `${countPeople(people)} with ${plural(templates, 'template')} of the encoder in use.`,
    ...findings,
    ...(findings.length === 0 ? ['Nothing needs attention.'] : []),
    ...lanes.flatMap(({ lane, promise }) =>
      promise === undefined
        ? []
        : [
            `lane ${lane}: ${[
              promise.identification && `a face alone ${promise.identification}`,
              promise.verification && `a badge and its face ${promise.verification}`,
            ]
              .filter(Boolean)
              .join(
                ', ',
              )} (centre of ${countPeople(promise.centrePeople)}, ${plural(promise.pairs, 'pair')} compared)`,
          ],
    ),
  ];
}

/** Formats what an audit found of the likeness of templates. */
export function likenessLines({ unlike, alike }: Pick<GalleryAudit, 'unlike' | 'alike'>): readonly string[] {
  return [
    ...[...new Set(unlike.map(({ person }) => person))].map((person) => {
      const own = unlike.filter((one) => one.person === person);
      const { templates = 0, fmr } = own[0] ?? {};
      const odds = fmr === undefined ? '' : ` (${formatOdds(fmr)} two different people come as near)`;
      return `unlike: ${own.length} of ${plural(templates, 'template')} of ${person} ${own.length === 1 ? 'is' : 'are'} not like the others${odds}. See whether all show this person; if not: twinstile people remove ${person}, then enroll again`;
    }),
    ...alike.map(({ people: [one, other], fmr, passes }) => {
      const at = passes.map(
        ({ lane, mode }) => `${lane} (${mode === 'verification' ? 'with the badge' : 'a face alone'})`,
      );
      const means =
        at.length === 0
          ? 'no lane takes one for the other'
          : `each may pass as the other at ${at.join(', ')}; a face alone that fits both is refused as ambiguous`;
      return `alike: ${one} and ${other}; ${formatOdds(fmr)} two different people come as near, ${means}. One person under two ids: twinstile people remove ${other}. Relatives: enroll both again with more looks, and ask them for a badge`;
    }),
  ];
}

/** Formats what is to be done about a place where templates were captured. */
export function conditionLines({
  condition,
  lane,
  light,
  people,
  templates,
  isFew,
}: CapturedAt): readonly string[] {
  const what = `${plural(templates, 'template')} of ${countPeople(people)}`;
  if (condition === UNKNOWN_CONDITION)
    return [
      `unknown: where ${what} came from is not recorded; they are compared as photographs. If a gate's camera took them: twinstile people audit [PEOPLE] --captured-at LANE; if not: --captured-at photo`,
    ];
  if (!isFew || lane === undefined || countsAsPhoto(condition) || condition === WEBCAM) return [];
  return [
    `few: ${what} from the camera of ${lane}${light === 'infrared' ? ' in infrared light' : ''}; from five people on its centre lets the enrolled in as if nothing were taken away. Enroll more there: twinstile enroll --lane ${lane} --person ID`,
  ];
}

const MOST_NAMED = 5;

const namesOf = (people: readonly PersonId[]): string =>
  `${people.slice(0, MOST_NAMED).join(', ')}${people.length > MOST_NAMED ? ` and ${people.length - MOST_NAMED} more` : ''}`;
