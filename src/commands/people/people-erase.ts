/** `twinstile people erase` and `twinstile people receipt`. */
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { erasePerson } from '../../app/erasure/erase-people.js';
import { withDatabase } from '../../app/gallery/open-gallery.js';
import { eraseAtRegistrar } from '../../app/registrar/erase-at-registrar.js';
import { openRegistrar } from '../../app/registrar/open-registrar.js';
import { explain, TwinstileError } from '../../base/errors.js';
import { ID_PATTERN, personId } from '../../base/ids.js';
import { loadConfig } from '../../config/load.js';
import { isGenuine, personHash, type Receipt } from '../../gallery/erasure-receipt.js';
import { isPublished } from '../../tables/erase.js';
import { type ConfigOption, configOption, type OfficeWorld } from '../fleet/office-world.js';
import { count } from './person-lines.js';

export function eraseCommand(world: OfficeWorld): Command {
  return new Command('erase')
    .description('Erase people from everything: gallery, journal, outbox, backups. Leaves signed receipts.')
    .argument('<people...>', 'ids of the people')
    .addOption(configOption())
    .action((ids: string[], options: ConfigOption) => erase(world, ids, options));
}

export function receiptCommand({ print, setExitCode }: OfficeWorld): Command {
  return new Command('receipt')
    .description('Check the signature of an erasure receipt; exit code 1 when it is not genuine.')
    .argument('<file>', 'the receipt')
    .option('--person <id>', 'whether it is about this person')
    .action(async (file: string, { person }: { readonly person?: string }) => {
      const receipt = await readReceipt(file);
      const isRight = isGenuine(receipt);
      const isMeant =
        person === undefined || personHash(personId(person), receipt.salt) === receipt.person_sha256;
      if (!isRight || !isMeant) setExitCode(1);
      print(
        isRight
          ? `Genuine: written ${receipt.erased_at} by the box with this key:`
          : 'NOT genuine: changed, or no receipt.',
      );
      if (isRight) print(receipt.key.trim());
      if (person !== undefined) print(`It is ${isMeant ? '' : 'NOT '}about ${person}.`);
    });
}

async function erase(
  { print, clock, env }: OfficeWorld,
  ids: readonly string[],
  options: ConfigOption,
): Promise<void> {
  const people = [...new Set(ids)].map((id) => {
    if (ID_PATTERN.test(id)) return personId(id);
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected the id of a person, got '${id}'.`,
      hint: 'See who is enrolled with: twinstile people list',
    });
  });
  const config = await loadConfig(options.config);
  const { registrar } = config;
  if (registrar?.database !== undefined) {
    const database = await openRegistrar(registrar, env.CREDENTIALS_DIRECTORY);
    try {
      for (const person of people) {
        const { receipt, file } = await eraseAtRegistrar(database, config, person, clock.wall());
        print(
          `${person} is erased: ${count(receipt.templates, 'template')}, ${count(receipt.badges, 'badge')}, ` +
            `${count(receipt.journal_rows, 'row')} of the journal.`,
        );
        print(`Receipt: ${file}`);
      }
    } finally {
      await database.close();
    }
    return print(
      'Publish the gallery: the boxes have them until then. PostgreSQL’s own log (WAL), replicas and backups are not reached.',
    );
  }
  await withDatabase(config, async (database) => {
    for (const person of people) {
      const { receipt, file } = await erasePerson(database, config, person, clock.wall());
      print(
        `${person} is erased: ${count(receipt.templates, 'template')}, ${count(receipt.badges, 'badge')}, ` +
          `${count(receipt.journal_rows, 'row')} of the journal, ${count(receipt.messages, 'waiting message')}, ` +
          `and out of ${count(receipt.backups, 'backup')}.`,
      );
      if (receipt.left.length > 0)
        print(
          `Still named in ${receipt.left.join(', ')}: that is needed until a gallery without them is here; then erase once more.`,
        );
      print(`Receipt: ${file}`);
    }
    if (await database.read(isPublished)) print('Publish the gallery: the boxes have them until then.');
  });
  print(
    'Gates of this box forget them within seconds. Copies of the database that lie elsewhere are not reached.',
  );
}

async function readReceipt(file: string): Promise<Receipt> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected an erasure receipt at ${file}, got: ${explain(cause)}.`,
      hint: 'Receipts lie in the folder `erasures` of the data folder.',
    });
  }
}
