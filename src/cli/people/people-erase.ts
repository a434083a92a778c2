/** `twinstile people erase`: takes people out of everything, after showing whom it means. */

import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { TwinstileError } from '../../base/errors.js';
import { ID_PATTERN, type PersonId, personId } from '../../base/ids.js';
import { countPeople, plural } from '../../base/plural.js';
import { isPublished } from '../../records/erasure/erase-rows.js';
import { administrator } from '../../records/journal/administrator.js';
import { openGallery } from '../../records/people/sql-gallery.js';
import type { Tables } from '../../records/sql-port.js';
import type { Config } from '../../service/config/config-schema.js';
import { loadConfig } from '../../service/config/load-config.js';
import type { RegistrarConfig } from '../../service/config/sections/registrar-section.js';
import type { Erased } from '../../service/erasure/erasure-receipts.js';
import { eraseAtRegistrar, erasePerson, expectErasable } from '../../service/setup/erase-people.js';
import { galleryKey, withDatabase } from '../../service/setup/open-gallery.js';
import { openRegistrar } from '../../service/setup/open-registrar.js';
import { type Consequences, isConfirmed, withConfirmation } from '../confirm.js';
import { type ConfigOption, configOption, type OfficeDependencies } from '../office-dependencies.js';
import {
  isHeld,
  nothingFoundFor,
  type Target,
  targetLine,
  targetsAtBox,
  targetsAtRegistrar,
} from './erase-targets.js';

interface Options extends ConfigOption, Consequences {
  readonly copy?: string;
}

export function eraseCommand(dependencies: OfficeDependencies): Command {
  const command = new Command('erase')
    .description('Erase people from everything: gallery, journal, outbox, backups. Leaves signed receipts.')
    .argument('<people...>', 'ids of the people')
    .addOption(configOption());
  return withConfirmation(command)
    .option(
      '--copy <file>',
      'write the copy for the person here: the receipt and the key that proves whom it is about',
    )
    .action((ids: string[], options: Options) => erase(dependencies, ids, options));
}

async function erase(
  dependencies: OfficeDependencies,
  ids: readonly string[],
  options: Options,
): Promise<void> {
  const people = [...new Set(ids)].map(readId);
  if (options.copy !== undefined && people.length > 1)
    throw bad('Expected one person with --copy, got several.', 'Each person gets a copy of their own.');
  const config = await loadConfig(options.config);
  const { registrar } = config;
  if (registrar?.database === undefined) await eraseFromBox(dependencies, config, people, options);
  else await eraseFromRegistrar(dependencies, { config, registrar }, people, options);
}

function readId(id: string): PersonId {
  if (ID_PATTERN.test(id)) return personId(id);
  throw bad(`Expected the id of a person, got '${id}'.`, 'See who is enrolled with: twinstile people list');
}

async function eraseFromBox(
  dependencies: OfficeDependencies,
  config: Config,
  people: readonly PersonId[],
  options: Options,
): Promise<void> {
  const { print } = dependencies;
  const key = await galleryKey(config, dependencies.env.CREDENTIALS_DIRECTORY);
  await withDatabase(config, async (database) => {
    // Tags the badges of older versions, so that none of them becomes a visitor's.
    await (await openGallery(database, key)).close();
    await expectErasable(database, people);
    const targets = await targetsAtBox(database, config, key, people);
    const held = await confirmed(dependencies, database, targets, options);
    // Traces of an earlier erasure that was interrupted.
    if (targets.some((target) => !isHeld(target)) && options.dryRun !== true) await database.rebuild();
    for (const { person } of held) {
      const erased = await erasePerson(database, config, person, {
        now: dependencies.clock.wall(),
        actor: administrator(dependencies.env),
        galleryKey: key,
      });
      for (const line of erasedLines(person, erased, config)) print(line);
      await handOver(dependencies, person, erased, options);
    }
    if (held.length === 0) return;
    if (await database.read(isPublished)) print('Publish the gallery: the boxes have them until then.');
    print('Gates of this box forget them within seconds. Copies of the database elsewhere are not reached.');
  });
}

/** Lists what was erased of a person, and what stays. */
function erasedLines(person: PersonId, { receipt }: Erased, { privacy }: Config): readonly string[] {
  const { tombstones = 0, passage_sums: sums = 0, left } = receipt;
  const lines = [
    `${person} is erased: ${plural(receipt.templates, 'template')}, ${plural(receipt.badges, 'badge')}, ` +
      `${plural(receipt.journal_rows, 'row')} of the journal, ${plural(receipt.messages, 'waiting message')}, ` +
      `and out of ${plural(receipt.backups, 'backup')}.`,
  ];
  if (tombstones > 0)
    lines.push(
      `Kept without the person: ${plural(tombstones, 'HMAC')} of badges, for ${plural(privacy.retention.tombstones_days, 'day')}, so that no such badge becomes a visitor’s.`,
    );
  if (sums > 0)
    lines.push(
      `Kept without the person: sums of the faces that passed, of ${plural(sums, 'lane')}, each of at least ten passages. They start over with: twinstile adapt forget`,
    );
  if (left.length > 0)
    lines.push(
      `Still named in ${left.join(', ')}: that is needed until a gallery without them is here; then erase once more.`,
    );
  return lines;
}

interface RegistrarOffice {
  readonly config: Config;
  readonly registrar: RegistrarConfig;
}

async function eraseFromRegistrar(
  dependencies: OfficeDependencies,
  { config, registrar }: RegistrarOffice,
  people: readonly PersonId[],
  options: Options,
): Promise<void> {
  const database = await openRegistrar(registrar, dependencies.env.CREDENTIALS_DIRECTORY);
  try {
    const held = await confirmed(dependencies, database, await targetsAtRegistrar(database, people), options);
    for (const { person } of held) {
      const erased = await eraseAtRegistrar(database, config, person, {
        now: dependencies.clock.wall(),
        actor: administrator(dependencies.env),
      });
      const { templates, badges, journal_rows } = erased.receipt;
      dependencies.print(
        `${person} is erased: ${plural(templates, 'template')}, ${plural(badges, 'badge')}, ${plural(journal_rows, 'row')} of the journal.`,
      );
      await handOver(dependencies, person, erased, options);
    }
    if (held.length > 0)
      dependencies.print(
        'Publish the gallery: the boxes have them until then. PostgreSQL’s own log (WAL), replicas and backups are not reached.',
      );
  } finally {
    await database.close();
  }
}

/** All are looked up before the first is erased. @returns those who are to be erased now. */
async function confirmed(
  dependencies: OfficeDependencies,
  tables: Pick<Tables, 'read'>,
  targets: readonly Target[],
  options: Options,
): Promise<readonly Target[]> {
  const unknown = targets.filter((target) => !isHeld(target) && target.erasedAt === undefined);
  if (unknown.length > 0)
    throw await nothingFoundFor(
      tables,
      unknown.map(({ person }) => person),
    );
  for (const { person, erasedAt } of targets.filter((target) => !isHeld(target)))
    dependencies.print(
      `${person} was erased on ${erasedAt}: nothing is left, and that receipt stays the one.`,
    );
  const held = targets.filter(isHeld);
  if (held.length === 0) return [];
  dependencies.print(`To be erased from gallery, journal, outbox and backups:`);
  for (const target of held) dependencies.print(`  ${targetLine(target)}`);
  for (const file of new Set(held.flatMap(({ backups }) => backups))) dependencies.print(`  backup ${file}`);
  return (await isConfirmed(dependencies, `Erase ${countPeople(held.length)}?`, options)) ? held : [];
}

/** The key goes to the person and nowhere else: with it, and only with it, an id can be tried against the receipt. */
async function handOver(
  { print }: OfficeDependencies,
  person: PersonId,
  { receipt, file, personKey }: Erased,
  { copy }: Options,
): Promise<void> {
  print(`Receipt: ${file}`);
  if (copy === undefined)
    return print(
      `Key for ${person}, kept nowhere: ${personKey}. With it the receipt proves whom it is about.`,
    );
  const text = `${JSON.stringify({ ...receipt, person_key: personKey }, null, 2)}\n`;
  await writeFile(copy, text, { mode: 0o600, flag: 'wx' }).catch((cause: unknown) => {
    print(`The copy could not be written. Key for ${person}, kept nowhere: ${personKey}`);
    throw bad(
      `No new file could be made at ${copy}.`,
      'The person is erased; write the key down for them, with the receipt.',
      cause,
    );
  });
  print(`Copy for ${person}: ${copy}. Hand it over and delete it: it proves whom the receipt is about.`);
}

const bad = (message: string, hint: string, cause?: unknown): TwinstileError =>
  new TwinstileError({ code: 'bad-arguments', message, hint, cause });
