/** `twinstile people`: who is enrolled, what is held on them, and how to forget them. */
import { Command } from 'commander';
import { TwinstileError } from '../../base/errors.js';
import type { Enrolled } from '../../records/people/gallery-store.js';
import { agrees, type GalleryChange } from '../../records/people/person.js';
import type { Config } from '../../service/config/config-schema.js';
import { loadConfig } from '../../service/config/load-config.js';
import { siteZone } from '../../service/config/sections/site-zone.js';
import { encoderInUse } from '../../service/models/box-models.js';
import { cropsOf } from '../../service/models/crops-of.js';
import { type Office, withGallery } from '../../service/setup/open-gallery.js';
import { type Consequences, isConfirmed, withConfirmation } from '../confirm.js';
import { type ConfigOption, configOption, type OfficeDependencies, realOffice } from '../office-world.js';
import {
  againLine,
  briefOf,
  count,
  countPeople,
  damagedLine,
  detailsOf,
  hasToComeAgain,
  lineOf,
  sumLine,
} from '../person-lines.js';
import { consentFrom } from './enroll-sources.js';
import { eraseCommand } from './people-erase.js';
import { importCommand } from './people-import.js';
import { receiptCommand } from './people-receipt.js';
import { damagedOf, exportPerson, plainCrop, plainPerson } from './person-export.js';
import { found } from './person-found.js';
import { changeGroups } from './person-groups.js';

interface Options extends ConfigOption {
  readonly json?: boolean;
  readonly withTemplates?: boolean;
  readonly text?: string;
  readonly withdraw?: boolean;
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
}

export function peopleCommand(world: Partial<OfficeDependencies> = {}): Command {
  const here = { ...realOffice(), ...world };
  const people = new Command('people').description(
    'Show, import, export and remove the people who are enrolled.',
  );
  people
    .command('list')
    .description('Everybody, with badges and number of templates.')
    .addOption(configOption())
    .option('--json', 'as JSON')
    .action((options: Options) =>
      inOffice(here, options, (office, config) => list(here, office, config, options)),
    );
  people
    .command('show')
    .description('One person.')
    .argument('<person>', 'id of the person')
    .addOption(configOption())
    .option('--json', 'as JSON')
    .action((id: string, options: Options) =>
      inOffice(here, options, (office, config) =>
        show(here, office, id, { ...options, zone: siteZone(config) }),
      ),
    );
  people
    .command('consent')
    .description('Note that somebody agreed to be recognised, or no longer does.')
    .argument('<person>', 'id of the person')
    .addOption(configOption())
    .option('--text <version>', 'version of the text that was agreed to')
    .option('--withdraw', 'the person no longer agrees: stays stored and does not match')
    .action((id: string, options: Options) =>
      inOffice(here, options, (office) => consent(here, office, id, options)),
    );
  people
    .command('groups')
    .description('Show or change the access groups of a person.')
    .argument('<person>', 'id of the person')
    .addOption(configOption())
    .option('--add <groups...>', 'groups to add')
    .option('--remove <groups...>', 'groups to leave')
    .action((id: string, options: Options) =>
      inOffice(here, options, (office, config) =>
        changeGroups(here, office, id, { ...options, access: config.access }),
      ),
    );
  withConfirmation(
    people
      .command('remove')
      .description(
        'Take people out of the gallery with badges and templates; journal and backups keep them until `erase`.',
      )
      .argument('<people...>', 'ids of the people')
      .addOption(configOption()),
  ).action((ids: string[], options: Options & Consequences) =>
    inOffice(here, options, (office) => remove(here, office, ids, options)),
  );
  people
    .command('export')
    .description('Everything that is held on a person, the journal included, as JSON.')
    .argument('<person>', 'id of the person')
    .addOption(configOption())
    .option('--with-templates', 'the vectors and kept crops as well: biometric data, to be kept accordingly')
    .action((id: string, options: Options) =>
      inOffice(here, options, async (office, config) => {
        const one = await found(office, id);
        const held = await exportPerson(office, one, options.withTemplates === true);
        const kept = await cropsOf(config, here.env.CREDENTIALS_DIRECTORY, one.person.id);
        const crops = kept.map((stored) => plainCrop(stored, options.withTemplates === true));
        await here.write(`${JSON.stringify({ ...held, crops }, null, 2)}\n`);
      }),
    );
  people.addCommand(importCommand(world));
  people.addCommand(eraseCommand(here));
  people.addCommand(receiptCommand(here));
  return people;
}

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
  { json }: Options,
): Promise<void> {
  const people = await gallery.list();
  if (json === true)
    return print(
      JSON.stringify(
        people.map((one) => plainPerson(one)),
        null,
        2,
      ),
    );
  const width = Math.max(0, ...people.map(({ person }) => person.id.length));
  const encoder = await encoderInUse(config, env);
  for (const one of people)
    print(lineOf(one, { width, again: hasToComeAgain(one, encoder), zone: siteZone(config) }));
  const now = clock.wall();
  const silent = people.filter(({ person }) => !agrees(person, now)).length;
  print(sumLine(people.length, silent));
  const again = people.filter((one) => hasToComeAgain(one, encoder)).length;
  if (again > 0) print(againLine(again));
}

interface ShowOptions extends Options {
  readonly zone: string;
}

async function show(
  { print }: OfficeDependencies,
  office: Office,
  id: string,
  { json, zone }: ShowOptions,
): Promise<void> {
  const one = await found(office, id);
  const vectors = await office.gallery.vectors(one.person.id);
  if (json === true) return print(JSON.stringify(plainPerson(one, vectors), null, 2));
  for (const line of detailsOf(one, zone)) print(line);
  const damaged = damagedOf(one, vectors);
  if (damaged.length > 0) print(damagedLine(damaged));
}

async function consent(
  dependencies: OfficeDependencies,
  office: Office,
  id: string,
  options: Options,
): Promise<void> {
  const { text, withdraw } = options;
  if ((text === undefined) === (withdraw !== true))
    throw new TwinstileError({
      code: 'bad-arguments',
      message: 'Expected either --text VERSION or --withdraw.',
      hint: 'Say which text the person agreed to, or that consent is withdrawn.',
    });
  const { person: over } = await found(office, id);
  const { consent: _, ...person } = over;
  const consent = consentFrom(text, dependencies.clock.wall());
  await office.gallery.apply([{ kind: 'put-person', person: { ...person, consent }, over }]);
  dependencies.print(
    text === undefined
      ? `${id} no longer matches; templates are kept. To erase them: twinstile people remove ${id}`
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
  // All are looked up first: a slip of the pen in one id removes nobody.
  const people: Enrolled[] = [];
  for (const id of new Set(ids)) people.push(await found(office, id));
  print('To be removed, with badges and templates:');
  for (const one of people) print(`  ${briefOf(one)}`);
  if (!(await isConfirmed(dependencies, `Remove ${countPeople(people.length)}?`, options))) return;
  await office.gallery.apply(
    people.map(({ person }): GalleryChange => ({ kind: 'remove-person', person: person.id })),
  );
  for (const { person, badges, templates } of people)
    print(
      `${person.id} is removed, with ${count(templates.length, 'template')} and ${count(badges.length, 'badge')}.`,
    );
  print(
    'A service that runs on this database takes that up by itself: within seconds `gallery.version` of its state rises. Boxes of a fleet let them in until they take a version without them: at once with twinstile gallery revoke --person ID --out DIR, which says who has not heard. Journal and backups still hold the ids: see people erase.',
  );
}
