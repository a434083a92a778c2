/** `twinstile sync`: look once whether there is a new gallery, and take it. */

import { Command } from 'commander';
import { countPeople } from '../../base/plural.js';
import { untilSignal } from '../../platform/signals.js';
import { loadConfig } from '../../service/config/load-config.js';
import { openSyncDevice } from '../../service/fleet/sync-device.js';
import { localActs } from '../../service/setup/local-acts.js';
import {
  type ConfigOption,
  configOption,
  type OfficeDependencies,
  officeDependencies,
} from '../office-dependencies.js';
import { leftOutLines, rolloutLines } from './fleet-lines.js';

interface Options extends ConfigOption {
  readonly from?: string;
  readonly json?: boolean;
}

export function syncCommand(replaced: Partial<OfficeDependencies> = {}): Command {
  const dependencies = { ...officeDependencies(), ...replaced };
  return new Command('sync')
    .description('Fetch the published gallery, check it, and take it as a whole.')
    .addOption(configOption())
    .option('--from <place>', 'another place than gallery.fleet.source: a folder on a stick, for instance')
    .option('--json', 'as JSON')
    .action((options: Options) => sync(dependencies, options));
}

async function sync({ env, print }: OfficeDependencies, { config, from, json }: Options): Promise<void> {
  const settings = await loadConfig(config);
  const device = await openSyncDevice({
    settings,
    env,
    acts: localActs(env),
    onFault: (detail) => process.stderr.write(`${detail}\n`),
    from,
  });
  try {
    await untilSignal(async (signal) => {
      const result = await device.cycle(signal);
      const models = await device.models(signal);
      if (json === true) return print(JSON.stringify({ ...result, models }));
      print(
        result.result === 'unchanged'
          ? `Gallery ${result.serial} is in use already.`
          : `Gallery ${result.serial} is in use: ${countPeople(result.put)} new or changed, ${result.removed} removed.`,
      );
      if (result.result === 'applied') for (const line of leftOutLines(result.leftOut)) print(line);
      if (models !== undefined) for (const line of rolloutLines(models)) print(line);
    });
  } finally {
    await device.close();
  }
}
