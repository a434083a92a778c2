/** `twinstile backup restore`: a backup in the place of the database. */
import path from 'node:path';
import { Command } from 'commander';
import { checkIntegrity } from '../../records/sql/sqlite/sqlite-backup.js';
import { loadConfig } from '../../service/config/load-config.js';
import { databaseFile, expectBox, restoreBackup } from '../../service/setup/open-gallery.js';
import { type Consequences, isConfirmed, withConfirmation } from '../confirm.js';
import { type ConfigOption, configOption, type OfficeDependencies } from '../office-dependencies.js';

export function restoreCommand(dependencies: OfficeDependencies): Command {
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
    await checkIntegrity(from);
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
