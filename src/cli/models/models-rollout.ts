/** `twinstile models rollout`: shows how far releases go, and advances, halts or takes back one. */
import { Command, InvalidArgumentError } from 'commander';
import { TwinstileError } from '../../base/errors.js';
import { ID_PATTERN } from '../../base/ids.js';
import { packsFolder } from '../../biometrics/packs/pack-catalog.js';
import type { Release } from '../../fleet/releases/rollout-plan.js';
import { releasesFile } from '../../fleet/repository/site-files.js';
import type { RolloutChange } from '../../fleet/rollout/change-rollout.js';
import type { Config } from '../../service/config/config-schema.js';
import { publishModels, releaseReach, rollOut } from '../../service/models/publish-models.js';
import { type Consequences, isConfirmed, withConfirmation } from '../confirm.js';
import { fleetChange, type SiteOptions, siteIn } from '../fleet-place.js';
import type { OfficeDependencies } from '../office-dependencies.js';
import { megabytes } from '../progress-line.js';

/** What publishing and rolling out models share: where the fleet is, and numbers and names of a roll-out. */
interface FleetPlaceOptions extends SiteOptions {
  readonly out: string;
}

/** @throws TwinstileError 'bad-arguments' when neither the options nor a configuration name the place. */
async function fleetPlaceOf(options: FleetPlaceOptions): Promise<{
  readonly fleet: string;
  readonly site: string;
  readonly out: string;
  /** The one that was named. */
  readonly config?: Config;
}> {
  return { ...(await siteIn(options)), out: options.out };
}

function percentage(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 100) return value;
  throw new InvalidArgumentError('Expected a number from 0 to 100.');
}

function deviceNames(text: string): readonly string[] {
  const all = text.split(',').map((name) => name.trim());
  const bad = all.find((name) => !ID_PATTERN.test(name));
  if (bad === undefined) return all;
  throw new InvalidArgumentError(`Expected names of devices with commas between them, got '${bad}'.`);
}

function releaseNumber(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('Expected the number of a release.');
}

interface ChangeOptions extends FleetPlaceOptions, Consequences {
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
    .addCommand(
      withConfirmation(change('roll-back', 'Devices that have it go back to what they had before.')),
    );
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

/** A release that was taken back is offered again under a new number only. */
async function isRollBackConfirmed(
  dependencies: OfficeDependencies,
  place: { readonly fleet: string; readonly site: string },
  options: ChangeOptions,
): Promise<boolean> {
  const { release, boxes } = await releaseReach(place, options.release);
  dependencies.print(`To be rolled back: ${lineOf(release)}`);
  dependencies.print(
    `  Boxes of ${place.site} that have it go back to what they had: among ${boxes.length === 0 ? 'none that is registered' : boxes.join(', ')}.`,
  );
  return isConfirmed(dependencies, `Roll release ${release.number} back?`, options);
}

const changeCommand = (
  dependencies: OfficeDependencies,
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
      const { clock, env, print } = dependencies;
      const place = await fleetPlaceOf(options);
      if (name === 'roll-back' && !(await isRollBackConfirmed(dependencies, place, options))) return;
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

interface Options extends FleetPlaceOptions {
  readonly folder?: string;
  readonly head?: string;
  readonly calibration?: string;
  readonly check: string;
  readonly percent?: number;
  readonly devices?: readonly string[];
  readonly again?: boolean;
}

/** `twinstile models publish`: a release of models for the devices of a site. */
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
