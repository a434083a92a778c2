/** Resolves the folder of a fleet, and the journal that records what is done to it. */
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { TwinstileError } from '../base/errors.js';
import type { Config } from '../service/config/config-schema.js';
import { loadConfig } from '../service/config/load-config.js';
import { type FleetChange, fleetFolder, siteOf } from '../service/setup/fleet-office.js';
import { localActs } from '../service/setup/local-acts.js';
import { DEFAULT_CONFIG, type OfficeDependencies } from './office-dependencies.js';

export interface FleetOptions {
  readonly config?: string;
  readonly fleet?: string;
}

export interface SiteOptions extends FleetOptions {
  readonly site?: string;
}

interface FleetPlace {
  readonly fleet: string;
  /** The configuration that was named. */
  readonly config?: Config;
}

export const FLEET = [
  '--fleet <dir>',
  'folder of the fleet at the registrar; DATA/fleet of --config if absent',
] as const;
export const SITE = ['--site <name>', 'whose gallery; that of --config if absent'] as const;
export const CONFIG = [
  '-c, --config <file>',
  'the registrar’s configuration: its journal says who did it',
] as const;

/** @throws TwinstileError 'bad-arguments' when neither the options nor a configuration name the place, and that of the configuration. */
export async function fleetOf({ config: file, fleet }: FleetOptions): Promise<FleetPlace> {
  if (file !== undefined) {
    const config = await loadConfig(file);
    return { fleet: fleet ?? fleetFolder(config), config };
  }
  if (fleet !== undefined) return { fleet };
  throw missing('--fleet');
}

/** @throws as `fleetOf`. */
export async function siteIn(options: SiteOptions): Promise<FleetPlace & { readonly site: string }> {
  const place = await fleetOf(options);
  const site = options.site ?? (place.config === undefined ? undefined : siteOf(place.config));
  if (site === undefined) throw missing('--site');
  return { ...place, site };
}

const missing = (option: string): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: `Expected the fleet's folder and a site, got no ${option}.`,
    hint: 'Name both, or the registrar’s configuration with --config FILE.',
  });

/** @param usual the configuration that is read when none was named: its journal is used when the folder is its own. */
export async function fleetChange(
  { env }: Pick<OfficeDependencies, 'env'>,
  { fleet, config }: FleetPlace,
  usual: string = DEFAULT_CONFIG,
): Promise<FleetChange> {
  return {
    fleet,
    journal: config ?? (await ownerOf(fleet, usual)),
    credentials: env.CREDENTIALS_DIRECTORY,
    acts: localActs(env),
    onWaiting: (line) => process.stderr.write(`twinstile: ${line}\n`),
  };
}

/** A missing or unreadable configuration names no owner: then acts wait. */
async function ownerOf(fleet: string, file: string): Promise<Config | undefined> {
  const config = await loadConfig(file).catch(() => undefined);
  if (config === undefined) return undefined;
  return (await placed(fleetFolder(config))) === (await placed(fleet)) ? config : undefined;
}

/** The folder may be made only now. */
async function placed(folder: string): Promise<string> {
  const full = path.resolve(folder);
  return realpath(full).catch(async () =>
    path.join(await realpath(path.dirname(full)).catch(() => path.dirname(full)), path.basename(full)),
  );
}
