/** `twinstile models publish`: a release of models for the devices of a site. */
import { Command } from 'commander';
import { TwinstileError } from '../../base/errors.js';
import { packsFolder } from '../../biometrics/packs/pack-catalog.js';
import { publishModels } from '../../service/models/publish-models.js';
import { fleetChange } from '../fleet-place.js';
import type { OfficeDependencies } from '../office-dependencies.js';
import { megabytes } from './pull-progress.js';
import { deviceNames, type FleetPlaceOptions, fleetPlaceOf, percentage } from './rollout-options.js';

interface Options extends FleetPlaceOptions {
  readonly folder?: string;
  readonly head?: string;
  readonly calibration?: string;
  readonly check: string;
  readonly percent?: number;
  readonly devices?: readonly string[];
  readonly again?: boolean;
}

export function publishCommand({ env, clock, print }: OfficeDependencies): Command {
  return new Command('publish')
    .description('Publish a pack, with its head and calibration, for a share of the devices to take.')
    .argument('<pack>', 'name of an installed pack, or a folder with a card.json')
    .requiredOption('--out <dir>', 'folder of the repository')
    .requiredOption(
      '--check <dir>',
      'photographs to examine it with, one subfolder for each of at least 8 people who agreed',
    )
    .option('--head <file>', 'head from twinstile train head, made for this pack')
    .option('--calibration <file>', 'calibration table (JSON) in the place of the card’s')
    .option('--percent <n>', 'share of the devices, 0 to 100', percentage)
    .option('--devices <names>', 'names of devices, with commas between them', deviceNames)
    .option('--again', 'as a new release, although nothing has changed')
    .option('--fleet <dir>', 'folder of the fleet; DATA/fleet of --config if absent')
    .option('--site <name>', 'for whose devices; that of --config if absent')
    .action(async (pack: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      if (options.percent === undefined && options.devices === undefined)
        throw new TwinstileError({
          code: 'bad-arguments',
          message: 'Expected --percent or --devices, got neither.',
          hint: 'Say who takes it first, such as --percent 10; more later with: twinstile models rollout advance',
        });
      const place = await fleetPlaceOf(options);
      const sum = await publishModels({
        place: { ...place, now: clock.wall(), change: await fleetChange({ env }, place) },
        files: {
          pack,
          packFolder: packsFolder({ argument: options.folder, env, config: place.config?.models.folder }),
          headFile: options.head,
          calibrationFile: options.calibration,
          checkFolder: options.check,
        },
        percent: options.percent ?? 0,
        devices: options.devices ?? [],
        again: options.again,
      });
      print(
        sum.changed
          ? `Release ${sum.number} of ${place.site}: ${sum.pack}, ${megabytes(sum.bytes)}.`
          : `Release ${sum.number} of ${place.site} is as it was: nothing to publish.`,
      );
    });
}
