/** `twinstile people`: shows, changes, exports and removes the people who are enrolled. */

import { Command } from 'commander';
import { TwinstileError } from '../../base/errors.js';
import { jsonText } from '../../base/names.js';
import { countPeople, plural } from '../../base/plural.js';
import type { Enrolled } from '../../records/people/gallery-store.js';
import { agrees, type GalleryChange } from '../../records/people/person.js';
import type { Config } from '../../service/config/config-schema.js';
import { loadConfig } from '../../service/config/load-config.js';
import { siteZone } from '../../service/config/sections/access-section.js';
import { cropsOf } from '../../service/models/face-crops.js';
import { encoderInUse } from '../../service/models/models-in-use.js';
import { type Office, withGallery } from '../../service/setup/open-gallery.js';
import { type Consequences, isConfirmed, withConfirmation } from '../confirm.js';
import {
  type ConfigOption,
  configOption,
  type OfficeDependencies,
  officeDependencies,
} from '../office-dependencies.js';
import {
  briefOf,
  damagedLine,
  detailsOf,
  enrollAgainLine,
  findPerson,
  lineOf,
  needsEnrollmentAgain,
  sumLine,
} from '../person-lines.js';
import { consentFrom } from './enroll-sources.js';
import { auditCommand } from './people-audit.js';
import { disputeCommand, disputesCommand, disputesOf } from './people-disputes.js';
import { eraseCommand } from './people-erase.js';
import { importCommand } from './people-import.js';
import { receiptCommand } from './people-receipt.js';
import { damagedOf, exportPerson, plainCrop, plainPerson } from './person-export.js';
import { changeGroups } from './person-groups.js';

interface JsonOptions extends ConfigOption {
  readonly json?: boolean;
}

interface ConsentOptions extends ConfigOption {
  readonly text?: string;
  readonly withdraw?: boolean;
}

interface GroupsOptions extends ConfigOption {
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
}

interface ExportOptions extends ConfigOption {
  readonly withTemplates?: boolean;
}

export function peopleCommand(replaced: Partial<OfficeDependencies> = {}): Command {
  const dependencies = { ...officeDependencies(), ...replaced };
  return new Command('people')
    .description('Show, import, export and remove the people who are enrolled.')
    .addCommand(listCommand(dependencies))
    .addCommand(showCommand(dependencies))
    .addCommand(consentCommand(dependencies))
    .addCommand(groupsCommand(dependencies))
    .addCommand(auditCommand(dependencies))
    .addCommand(removeCommand(dependencies))
    .addCommand(exportCommand(dependencies))
    .addCommand(importCommand(replaced))
    .addCommand(eraseCommand(dependencies))
    .addCommand(receiptCommand(dependencies))
    .addCommand(disputeCommand(dependencies))
    .addCommand(disputesCommand(dependencies));
}

const listCommand = (dependencies: OfficeDependencies): Command =>
  new Command('list')
    .description('Everybody, with badges and number of templates.')
    .addOption(configOption())
    .option('--json', 'as JSON')
    .action((options: JsonOptions) =>
      inOffice(dependencies, options, (office, config) => list(dependencies, office, config, options)),
    );

const showCommand = (dependencies: OfficeDependencies): Command =>
  new Command('show')
    .description('One person.')
    .argument('<person>', 'id of the person')
    .addOption(configOption())
    .option('--json', 'as JSON')
    .action((id: string, options: JsonOptions) =>
      inOffice(dependencies, options, (office, config) =>
        show(dependencies, office, id, { ...options, zone: siteZone(config) }),
      ),
    );

const consentCommand = (dependencies: OfficeDependencies): Command =>
  new Command('consent')
    .description('Note that a person agreed to be recognised, or no longer does.')
    .argument('<person>', 'id of the person')
    .addOption(configOption())
    .option('--text <version>', 'version of the text that was agreed to')
    .option('--withdraw', 'the person no longer agrees: stays stored and does not match')
    .action((id: string, options: ConsentOptions) =>
      inOffice(dependencies, options, (office) => consent(dependencies, office, id, options)),
    );

const groupsCommand = (dependencies: OfficeDependencies): Command =>
  new Command('groups')
    .description('Show or change the access groups of a person.')
    .argument('<person>', 'id of the person')
    .addOption(configOption())
    .option('--add <groups...>', 'groups to add')
    .option('--remove <groups...>', 'groups to leave')
    .action((id: string, options: GroupsOptions) =>
      inOffice(dependencies, options, (office, config) =>
        changeGroups(dependencies, office, id, { ...options, access: config.access }),
      ),
    );

const removeCommand = (dependencies: OfficeDependencies): Command =>
  withConfirmation(
    new Command('remove')
      .description(
        'Take people out of use, with badges and templates; journal, waiting messages and backups keep them until `erase`.',
      )
      .argument('<people...>', 'ids of the people')
      .addOption(configOption()),
  ).action((ids: string[], options: ConfigOption & Consequences) =>
    inOffice(dependencies, options, (office) => remove(dependencies, office, ids, options)),
  );

const exportCommand = (dependencies: OfficeDependencies): Command =>
  new Command('export')
    .description('Everything that is held on a person, the journal included, as JSON.')
    .argument('<person>', 'id of the person')
    .addOption(configOption())
    .option('--with-templates', 'the vectors and kept crops as well: biometric data, to be kept accordingly')
    .action((id: string, options: ExportOptions) =>
      inOffice(dependencies, options, async (office, config) => {
        const withTemplates = options.withTemplates === true;
        const one = await findPerson(office, id);
        const held = await exportPerson(office, one, withTemplates);
        const kept = await cropsOf(config, dependencies.env.CREDENTIALS_DIRECTORY, one.person.id);
        const crops = kept.map((stored) => plainCrop(stored, withTemplates));
        const disputes = await disputesOf(config, one.person.id, dependencies.clock.wall());
        await dependencies.write(`${jsonText({ ...held, crops, disputes }, 2)}\n`);
      }),
    );

async function inOffice(
  { env }: OfficeDependencies,
  { config }: ConfigOption,
  work: (office: Office, config: Config) => Promise<void>,
): Promise<void> {
  const loaded = await loadConfig(config);
  await withGallery(loaded, env.CREDENTIALS_DIRECTORY, (office) => work(office, loaded));
}

async function list(
  { print, clock, env }: OfficeDependencies,
  { gallery }: Office,
  config: Config,
  { json }: JsonOptions,
): Promise<void> {
  const people = await gallery.list();
  if (json === true)
    return print(
      jsonText(
        people.map((one) => plainPerson(one)),
        2,
      ),
    );
  const width = Math.max(0, ...people.map(({ person }) => person.id.length));
  const encoder = await encoderInUse(config, env);
  for (const one of people)
    print(lineOf(one, { width, again: needsEnrollmentAgain(one, encoder), zone: siteZone(config) }));
  const now = clock.wall();
  const withoutConsent = people.filter(({ person }) => !agrees(person, now)).length;
  print(sumLine(people.length, withoutConsent));
  const again = people.filter((one) => needsEnrollmentAgain(one, encoder)).length;
  if (again > 0) print(enrollAgainLine(again));
}

interface ShowOptions extends JsonOptions {
  readonly zone: string;
}

async function show(
  { print }: OfficeDependencies,
  office: Office,
  id: string,
  { json, zone }: ShowOptions,
): Promise<void> {
  const one = await findPerson(office, id);
  const vectors = await office.gallery.vectors(one.person.id);
  if (json === true) return print(jsonText(plainPerson(one, vectors), 2));
  for (const line of detailsOf(one, zone)) print(line);
  const damaged = damagedOf(one, vectors);
  if (damaged.length > 0) print(damagedLine(damaged));
}

async function consent(
  dependencies: OfficeDependencies,
  office: Office,
  id: string,
  options: ConsentOptions,
): Promise<void> {
  const { text, withdraw } = options;
  if ((text === undefined) === (withdraw !== true))
    throw new TwinstileError({
      code: 'bad-arguments',
      message: 'Expected either --text VERSION or --withdraw.',
      hint: 'Name the text that the person agreed to, or withdraw the consent.',
    });
  const { person: over } = await findPerson(office, id);
  const { consent: _, ...person } = over;
  const consent = consentFrom(text, dependencies.clock.wall());
  await office.gallery.apply([{ kind: 'put-person', person: { ...person, consent }, over }]);
  dependencies.print(
    text === undefined
      ? `${id} no longer matches; templates are kept. To erase the person from everything: twinstile people erase ${id}`
      : `${id} agreed to text ${text}.`,
  );
}

async function remove(
  dependencies: OfficeDependencies,
  office: Office,
  ids: readonly string[],
  options: Consequences,
): Promise<void> {
  const { print } = dependencies;
  // All are looked up first: one mistyped id, and none of them is removed.
  const people: Enrolled[] = [];
  for (const id of new Set(ids)) people.push(await findPerson(office, id));
  const changes = people.map(({ person }): GalleryChange => ({ kind: 'remove-person', person: person.id }));
  await office.expectAllowed(changes);
  print('To be removed, with badges and templates:');
  for (const one of people) print(`  ${briefOf(one)}`);
  if (!(await isConfirmed(dependencies, `Remove ${countPeople(people.length)}?`, options))) return;
  await office.gallery.apply(changes);
  for (const { person, badges, templates } of people)
    print(
      `${person.id} is removed, with ${plural(templates.length, 'template')} and ${plural(badges.length, 'badge')}.`,
    );
  print(
    'A service that runs on this database takes that up by itself: within seconds `gallery.version` of its state rises. Boxes of a fleet let them in until they take a version without them: at once with twinstile gallery revoke --person ID --out DIR, which lists the boxes that have not confirmed it.',
  );
  print(
    `Removed is not erased: journal, waiting messages and backups still hold them. To erase them from there too: twinstile people erase ${people.map(({ person }) => person.id).join(' ')}`,
  );
}
