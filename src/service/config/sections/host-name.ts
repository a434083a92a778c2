/** Lists the other machines that a configuration names. */
import { addressDependencies } from '../../../base/shown-address.js';

export interface NamedHost {
  /** Path of the key, such as "mqtt.url" or "lanes.north.camera.url". */
  readonly key: string;
  /** A name or an address, without port and brackets. */
  readonly host: string;
}

/** Finds every value that is an address with a scheme, under any key, so that keys added later are included. */
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

/** An entry of a list is named by its id, which is clearer than its index. */
const nameOf = (value: unknown): string | undefined =>
  typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string'
    ? value.id
    : undefined;

function hostOf(text: string): string | undefined {
  // An ambiguous address is skipped: part of its login could be looked up as a host.
  return addressDependencies(text)?.host.toLowerCase();
}
