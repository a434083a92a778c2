/** Which other machines does a configuration name? */
import { addressDependencies } from '../../../base/shown-address.js';

export interface NamedHost {
  /** Path of the key, such as "mqtt.url" or "lanes.north.camera.url". */
  readonly key: string;
  /** A name or an address, without port and brackets. */
  readonly host: string;
}

/** Every value that is an address with a scheme, wherever it stands, so that a key which is added one day counts as well. */
export function hostsNamed(config: unknown): readonly NamedHost[] {
  return walk(config, []);
}

function walk(value: unknown, path: readonly string[]): readonly NamedHost[] {
  if (typeof value === 'string') {
    const host = hostOf(value);
    return host === undefined ? [] : [{ key: path.join('.'), host }];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => walk(inner, [...path, nameOf(inner) ?? key]));
}

/** Of an entry in a list, its id says more than its place. */
const nameOf = (value: unknown): string | undefined =>
  typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string'
    ? value.id
    : undefined;

function hostOf(text: string): string | undefined {
  // Of an address that can be read in two ways a part of the login would be looked up.
  return addressDependencies(text)?.host.toLowerCase();
}
