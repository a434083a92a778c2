/**
 * Determines what a configuration needs that twinstile.service does not allow by itself, and writes a drop-in for it: addresses
 * outside the site's own network, and folders outside /var/lib/twinstile.
 */
import { BlockList, isIP } from 'node:net';
import path from 'node:path';
import { addressParts } from '../../base/shown-address.js';
import type { Config } from '../config/config-schema.js';

export interface UnitDependencies {
  /** Resolves a name to its addresses; rejects when it is not found. */
  readonly lookup: (host: string) => Promise<readonly string[]>;
  /** Addresses of the DNS servers. */
  readonly resolvers: readonly string[];
}

export interface UnitNeeds {
  /** Lines of the drop-in; empty when the unit suffices. */
  readonly lines: readonly string[];
  /** What could not be determined, in words. */
  readonly unknown: readonly string[];
}

/** Same ranges as in the unit's own IPAddressAllow=. */
const ALLOWED: readonly (readonly [string, number, 'ipv4' | 'ipv6'])[] = [
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['::1', 128, 'ipv6'],
  ['fe80::', 64, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
];
const STATE = '/var/lib/twinstile';
/** In the unit's ReadWritePaths=, and made by twinstile.tmpfiles. */
const SOCKETS = '/run/twinstile';

export async function unitNeeds(
  config: Pick<Config, 'data_dir' | 'backup' | 'local_socket'>,
  { lookup, resolvers }: UnitDependencies,
): Promise<UnitNeeds> {
  const lines: string[] = [];
  const unknown: string[] = [];
  const seen = new Set<string>();
  const allow = (why: string, addresses: readonly string[]): void => {
    const fresh = addresses.filter((address) => !isAllowed(address) && !seen.has(address));
    if (fresh.length === 0) return;
    for (const address of fresh) seen.add(address);
    lines.push(`# ${why}`, `IPAddressAllow=${fresh.join(' ')}`);
  };
  const hosts = hostsNamed(config);
  for (const { key, host } of hosts) {
    if (isIP(host) !== 0) allow(key, [host]);
    else
      await lookup(host).then(
        (addresses) => allow(`${key}: ${host}`, addresses),
        () => unknown.push(`${key}: ${host} is not found`),
      );
  }
  if (hosts.some(({ host }) => isIP(host) === 0)) allow('Whoever is asked for names.', resolvers);
  const { path: socket } = config.local_socket;
  const folders = [
    config.data_dir,
    config.backup.folder,
    socket === undefined ? undefined : path.dirname(socket),
  ].filter((folder) => folder !== undefined);
  for (const folder of folders.map((one) => path.resolve(one)))
    if (folder !== STATE && folder !== SOCKETS && !folder.startsWith(`${STATE}/`))
      lines.push(`ReadWritePaths=-${folder}`);
  return { lines: lines.length === 0 ? [] : ['[Service]', ...lines], unknown };
}

function isAllowed(address: string): boolean {
  const list = new BlockList();
  for (const [net, prefix, family] of ALLOWED) list.addSubnet(net, prefix, family);
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** Another machine that the configuration names. */
interface NamedHost {
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
  return addressParts(text)?.host.toLowerCase();
}
