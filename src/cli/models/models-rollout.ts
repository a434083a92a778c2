/** `twinstile models rollout`: shows how far releases go, and advances, halts or takes back one. */
import { Command } from 'commander';
import { TwinstileError } from '../../base/errors.js';
import type { Release } from '../../fleet/releases/rollout-plan.js';
import { releasesFile } from '../../fleet/repository/site-files.js';
import type { RolloutChange } from '../../fleet/rollout/change-rollout.js';
import { rollOut } from '../../service/models/publish-models.js';
import { fleetChange } from '../fleet-place.js';
import type { OfficeDependencies } from '../office-dependencies.js';
import {
  deviceNames,
  type FleetPlaceOptions,
  fleetPlaceOf,
  percentage,
  releaseNumber,
} from './rollout-options.js';

interface ChangeOptions extends FleetPlaceOptions {
  readonly release?: number;
  readonly percent?: number;
  readonly devices?: readonly string[];
}

export function rolloutCommand(dependencies: OfficeDependencies): Command {
  const change = (name: RolloutChange['change'], description: string): Command =>
    changeCommand(dependencies, name, description);
  return new Command('rollout')
    .description('Say how far releases of models go.')
    .option('--fleet <dir>', 'folder of the fleet; DATA/fleet of --config if absent')
    .option('--site <name>', 'for whose devices; that of --config if absent')
    .addCommand(statusCommand(dependencies))
    .addCommand(
      change('advance', 'More devices take it; also on from a halt.')
        .option('--percent <n>', 'share of the devices, 0 to 100', percentage)
        .option('--devices <names>', 'further devices, with commas between them', deviceNames),
    )
    .addCommand(change('halt', 'No further device takes it; those that have it keep it.'))
    .addCommand(change('roll-back', 'Devices that have it go back to what they had before.'));
}

const statusCommand = ({ print }: OfficeDependencies): Command =>
  new Command('status')
    .description('The releases that are out, and for whom.')
    .option('--json', 'as JSON')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<FleetPlaceOptions & { readonly json?: boolean }>();
      const { fleet, site } = await fleetPlaceOf(options);
      const state = await releasesFile(fleet, site).load();
      const releases = (state?.releases ?? []).map(({ release }) => release);
      if (options.json === true) return print(JSON.stringify({ serial: state?.serial ?? 0, releases }));
      if (releases.length === 0) return print(`No models were ever published for ${site}.`);
      for (const release of releases) print(lineOf(release));
    });

const changeCommand = (
  { clock, print, env }: OfficeDependencies,
  name: RolloutChange['change'],
  description: string,
): Command =>
  new Command(name)
    .description(description)
    .requiredOption('--out <dir>', 'folder of the repository')
    .option('--release <n>', 'which release; the newest if absent', releaseNumber)
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<ChangeOptions>();
      if (name === 'advance' && options.percent === undefined && options.devices === undefined)
        throw new TwinstileError({
          code: 'bad-arguments',
          message: 'Expected --percent or --devices, got neither.',
          hint: 'Say how far it goes now, such as --percent 50.',
        });
      const place = await fleetPlaceOf(options);
      const { release, changed } = await rollOut(
        { ...place, now: clock.wall(), change: await fleetChange({ env }, place) },
        changeOf(name, options),
        options.release,
      );
      print(`${lineOf(release)}${changed ? '' : ' As it was: nothing to publish.'}`);
    });

const changeOf = (name: RolloutChange['change'], { percent, devices }: ChangeOptions): RolloutChange =>
  name === 'advance'
    ? {
        change: name,
        percent,
        devices,
      }
    : { change: name };

function lineOf({ number, pack, status, percent, devices }: Release): string {
  const whom = `${percent} % of the devices${devices.length === 0 ? '' : ` and ${devices.join(', ')}`}`;
  return `Release ${number}  ${pack}  ${status}  ${status === 'rolled-back' ? 'everybody goes back.' : `${whom}.`}`;
}
