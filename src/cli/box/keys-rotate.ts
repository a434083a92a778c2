/** `twinstile keys rotate`: a new key in the place of an old one. */
import { Command } from 'commander';
import { TwinstileError } from '../../base/errors.js';
import { backupsIn } from '../../records/sql/sqlite/sqlite-backup.js';
import type { Tables } from '../../records/sql-port.js';
import type { Config } from '../../service/config/config-schema.js';
import { loadConfig } from '../../service/config/load-config.js';
import type { RegistrarConfig } from '../../service/config/sections/registrar-section.js';
import { backupFolder, resealing, withDatabase } from '../../service/setup/open-gallery.js';
import { openRegistrar } from '../../service/setup/open-registrar.js';
import { rotateAtRegistrar, rotateGalleryKey } from '../../service/setup/rotate-gallery-key.js';
import { type Consequences, isConfirmed, withConfirmation } from '../confirm.js';
import { type ConfigOption, configOption, type OfficeDependencies } from '../office-dependencies.js';
import { countPeople } from '../person-lines.js';

export const rotateCommand = (dependencies: OfficeDependencies): Command =>
  new Command('rotate')
    .description('Put a new key in the place of the old one.')
    .addCommand(rotateGalleryCommand(dependencies))
    .addCommand(rotateGrantCommand(dependencies));

const rotateGalleryCommand = (dependencies: OfficeDependencies): Command =>
  withConfirmation(
    new Command('gallery')
      .description(
        'Wrap every person’s key anew, in the database and its backups; the old key then opens nothing.',
      )
      .addOption(configOption()),
  ).action(async (options: ConfigOption & Consequences) => {
    const config = await loadConfig(options.config);
    const { key_file: file } = config.gallery;
    if (file === undefined)
      throw new TwinstileError({
        code: 'bad-arguments',
        message: 'Expected gallery.key_file, got a systemd credential, which cannot be written from here.',
        hint: 'Copy the key to a file, name it in a copy of the configuration, rotate with that one, and seal the new key.',
      });
    const { registrar } = config;
    if (registrar?.database === undefined) await rotateOnBox(dependencies, config, file, options);
    else await rotateOnRegistrar(dependencies, registrar, file, options);
  });

async function rotateOnRegistrar(
  dependencies: OfficeDependencies,
  registrar: RegistrarConfig,
  file: string,
  options: Consequences,
): Promise<void> {
  const { print, env } = dependencies;
  const database = await openRegistrar(registrar, env.CREDENTIALS_DIRECTORY);
  try {
    if (!(await isRotationConfirmed(dependencies, database, { file, backups: 0 }, options))) return;
    const people = await rotateAtRegistrar(database, file);
    print(`${file} is new; the keys of ${countPeople(people)} were wrapped anew.`);
  } finally {
    await database.close();
  }
  print(
    'Bring it to every other office now: with the old one they cannot open the gallery. Then destroy that.',
  );
}

async function rotateOnBox(
  dependencies: OfficeDependencies,
  config: Config,
  file: string,
  options: Consequences,
): Promise<void> {
  const { print } = dependencies;
  const rotated = await withDatabase(config, async (database) => {
    const backups = (await backupsIn(backupFolder(config))).length;
    if (!(await isRotationConfirmed(dependencies, database, { file, backups }, options))) return undefined;
    return rotateGalleryKey(database, file, backupFolder(config), resealing(config));
  });
  if (rotated === undefined) return;
  const { people, backups } = rotated;
  print(`${file} is new; the keys of ${countPeople(people)} were wrapped anew, in ${backups} backups too.`);
  print('Restart the service now, and put the new key into the safe in the place of the old one.');
  print('A copy of the old database with the old key can still be opened: destroy both.');
}

const rotateGrantCommand = ({ print }: OfficeDependencies): Command =>
  new Command('grant')
    .description('How the key that signs grants is replaced without closing the gate.')
    .action(() => {
      print('1. twinstile keys new grant --out NEW-FOLDER   (another folder: the old key stays in use)');
      print(
        '2. at the gate, both keys: twinstile gate --key OLD-ID=old.pub --key NEW-ID=NEW-FOLDER/grant.pub …',
      );
      print(
        '3. in the configuration: grants: { key_id: NEW-ID, key_file: NEW-FOLDER/grant.key }, restart the service',
      );
      print('4. at the gate: take the old --key away, restart it, and destroy the old grant.key');
    });

async function isRotationConfirmed(
  dependencies: OfficeDependencies,
  tables: Pick<Tables, 'read'>,
  { file, backups }: { readonly file: string; readonly backups: number },
  options: Consequences,
): Promise<boolean> {
  const people = await tables.read((sql) =>
    sql.one<{ readonly count: number }>('SELECT count(*) AS count FROM people'),
  );
  dependencies.print(
    `To be replaced: ${file}, under which the templates of ${countPeople(people?.count ?? 0)} and ${backups} backups lie. The old key opens nothing afterwards.`,
  );
  return isConfirmed(dependencies, 'Put a new key in its place?', options);
}
