/** What publishing and rolling out models share: where the fleet is, and numbers and names of a roll-out. */
import { InvalidArgumentError } from 'commander';
import { ID_PATTERN } from '../../base/ids.js';
import type { Config } from '../../service/config/config-schema.js';
import { type SiteOptions, siteIn } from '../fleet-place.js';

export interface FleetPlaceOptions extends SiteOptions {
  readonly out: string;
}

/** @throws TwinstileError 'bad-arguments' when neither the options nor a configuration name the place. */
export async function fleetPlaceOf(options: FleetPlaceOptions): Promise<{
  readonly fleet: string;
  readonly site: string;
  readonly out: string;
  /** The one that was named. */
  readonly config?: Config;
}> {
  return { ...(await siteIn(options)), out: options.out };
}

export function percentage(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 100) return value;
  throw new InvalidArgumentError('Expected a number from 0 to 100.');
}

export function deviceNames(text: string): readonly string[] {
  const all = text.split(',').map((name) => name.trim());
  const bad = all.find((name) => !ID_PATTERN.test(name));
  if (bad === undefined) return all;
  throw new InvalidArgumentError(`Expected names of devices with commas between them, got '${bad}'.`);
}

export function releaseNumber(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('Expected the number of a release.');
}
