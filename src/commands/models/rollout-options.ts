/** What publishing and rolling out models share: where the fleet is, and numbers and names of a roll-out. */
import { InvalidArgumentError } from 'commander';
import { fleetFolder, siteOf } from '../../app/fleet/fleet-office.js';
import { TwinstileError } from '../../base/errors.js';
import { ID_PATTERN } from '../../base/ids.js';
import { loadConfig } from '../../config/load.js';

export interface FleetPlaceOptions {
  readonly config?: string;
  readonly fleet?: string;
  readonly site?: string;
  readonly out: string;
}

/** @throws TwinstileError 'bad-arguments' when neither the options nor a configuration say where. */
export async function fleetPlaceOf({ config: file, fleet, site, out }: FleetPlaceOptions): Promise<{
  readonly fleet: string;
  readonly site: string;
  readonly out: string;
  /** `models.folder` of the configuration. */
  readonly packs?: string;
}> {
  const config = file === undefined ? undefined : await loadConfig(file);
  const places = {
    fleet: fleet ?? (config === undefined ? undefined : fleetFolder(config)),
    site: site ?? (config === undefined ? undefined : siteOf(config)),
  };
  if (places.fleet !== undefined && places.site !== undefined)
    return {
      fleet: places.fleet,
      site: places.site,
      out,
      ...(config?.models.folder === undefined ? {} : { packs: config.models.folder }),
    };
  throw new TwinstileError({
    code: 'bad-arguments',
    message: `Expected the fleet's folder and a site, got no ${places.fleet === undefined ? '--fleet' : '--site'}.`,
    hint: 'Name both, or the registrar’s configuration with --config FILE.',
  });
}

export function percent(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 100) return value;
  throw new InvalidArgumentError('Expected a number from 0 to 100.');
}

export function names(text: string): readonly string[] {
  const all = text.split(',').map((name) => name.trim());
  const bad = all.find((name) => !ID_PATTERN.test(name));
  if (bad === undefined) return all;
  throw new InvalidArgumentError(`Expected names of devices with commas between them, got '${bad}'.`);
}

export function number(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('Expected the number of a release.');
}
