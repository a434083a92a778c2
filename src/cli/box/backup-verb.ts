/** `twinstile backup`: a checked copy of the database, now; and which there are. */

import path from 'node:path';
import { Command } from 'commander';
import { explain, TwinstileError } from '../../base/errors.js';
import { exitCodeOf } from '../../base/exit-code.js';
import { openUpkeep } from '../../records/erasure/sqlite-upkeep.js';
import { backupsIn, checkIntegrity } from '../../records/sql/sqlite/sqlite-backup.js';
import { loadConfig } from '../../service/config/load-config.js';
import { localActs } from '../../service/setup/local-acts.js';
import {
  backupFolder,
  databaseFile,
  expectBox,
  expectDatabase,
  restoreBackup,
  withDatabase,
} from '../../service/setup/open-gallery.js';
import { type Consequences, isConfirmed, withConfirmation } from '../confirm.js';
import {
  type ConfigOption,
  configOption,
  formatTime,
  type OfficeDependencies,
  officeDependencies,
} from '../office-dependencies.js';

export function backupCommand(replaced: Partial<OfficeDependencies> = {}): Command {
  const dependencies = { ...officeDependencies(), ...replaced };
  const { print, clock, setExitCode } = dependencies;
  const backup = new Command('backup').description('Make, list, check and restore backups of the database.');
  backup
    .command('now')
    .description('Make one, while the service runs or not; it is checked before it gets its name.')
    .addOption(configOption())
    .action(async ({ config: file }: ConfigOption) => {
      const config = await loadConfig(file);
      const made = await withDatabase(config, (database) =>
        openUpkeep(database, backupFolder(config), localActs(dependencies.env)).backUp(
          clock.wall(),
          config.backup.keep,
        ),
      );
      print(
        `${made}: checked. Templates in it are sealed; names of people are not: keep it as safe as the box.`,
      );
    });
  backup
    .command('list')
    .description('Which there are, newest first; exit code 4 when one is damaged.')
    .addOption(configOption())
    .action(async ({ config: file }: ConfigOption) => {
      const config = await loadConfig(file);
      const backups = await backupsIn(backupFolder(config));
      // A mistyped data folder has neither.
      if (backups.length === 0) await expectDatabase(config);
      if (backups.length === 0) print('None yet. Make one with: twinstile backup now');
      for (const one of backups) {
        const fault = await checkIntegrity(one.file).then(() => undefined, explain);
        if (fault !== undefined) setExitCode(exitCodeOf('not-well'));
        print(`${formatTime(one.at)}  ${fault === undefined ? 'good' : `DAMAGED: ${fault}`}  ${one.file}`);
      }
    });
  backup.addCommand(restoreCommand(dependencies));
  return backup;
}

/** `twinstile backup restore`: a backup in the place of the database. */
function restoreCommand(dependencies: OfficeDependencies): Command {
  const command = new Command('restore')
    .description(
      'Put a backup in the place of the database; stop the service first. The journal says who did it.',
    )
    .argument('<file>', 'the backup')
    .addOption(configOption());
  return withConfirmation(command).action(async (file: string, options: ConfigOption & Consequences) => {
    const config = await loadConfig(options.config);
    expectBox(config);
    const from = path.resolve(file);
    await checkIntegrity(from).catch((cause: unknown) => {
      throw noBackup(from, cause);
    });
    dependencies.print(`To be replaced: ${databaseFile(config)}`);
    dependencies.print(
      `  by the backup ${from}: everything that was enrolled, changed and written down since is not in it.`,
    );
    if (!(await isConfirmed(dependencies, 'Put the backup in its place?', options))) return;
    const old = await restoreBackup(config, from, dependencies.clock.wall());
    dependencies.print(`${databaseFile(config)} is the backup now. Restart the service.`);
    if (old !== undefined)
      dependencies.print(
        `The old one is ${old}. It holds people and journal: delete it once nobody needs it.`,
      );
  });
}

/** What is wrong with the file that was named is no fault of the configuration. */
function noBackup(file: string, cause: unknown): unknown {
  if (!(cause instanceof TwinstileError)) return cause;
  const isMissing = cause.code === 'database-missing';
  return new TwinstileError({
    code: cause.code,
    message: isMissing ? `There is no backup at ${file}.` : cause.message,
    hint: 'Nothing was changed. See the backups with: twinstile backup list',
    cause,
  });
}
