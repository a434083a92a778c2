/** The one way by which this program fetches from the net: through the proxy of the environment, or directly. */
import http from 'node:http';
import https from 'node:https';
import { BlockList, isIP } from 'node:net';
import { compact } from '../base/compact.js';
import { TwinstileError } from '../base/errors.js';
import { showAddress } from '../base/shown-address.js';

interface WebGet {
  readonly agent: http.Agent;
  /** Longest silence, at connecting and between two pieces, in ms: 'timeout' is emitted then. */
  readonly silence: number;
  readonly signal?: AbortSignal;
  /** First byte that is requested; 0 or absent: the whole file. */
  readonly from?: number;
}

/** Requests one file in its plain bytes. Follows no redirection; the caller listens for 'response', 'timeout' and 'error'. */
export function webGet(address: URL, { agent, silence, signal, from = 0 }: WebGet): http.ClientRequest {
  const get = address.protocol === 'https:' ? https.get : http.get;
  const headers = compact({
    'accept-encoding': 'identity',
    range: from === 0 ? undefined : `bytes=${from}-`,
  });
  return get(address, { agent, timeout: silence, headers, signal });
}

/**
 * Makes the agent for one address. To https servers a proxy is asked for a tunnel (CONNECT, RFC 9110, 9.3.6), so that it sees no
 * content; requests to plain http servers are given to it whole.
 */
export function webAgent(address: URL, proxy: URL | undefined, options: http.AgentOptions = {}): http.Agent {
  // Given even where it is empty: NODE_USE_ENV_PROXY would decide otherwise, by rules that know no loopback.
  const proxyEnv = compact({ HTTP_PROXY: proxy?.href, HTTPS_PROXY: proxy?.href });
  return address.protocol === 'https:'
    ? new https.Agent({ ...options, proxyEnv })
    : new http.Agent({ ...options, proxyEnv });
}

/**
 * HTTPS_PROXY, HTTP_PROXY and NO_PROXY in either case, the lower one first. NO_PROXY holds, as for curl, names, each with those below it,
 * addresses and networks (10.0.0.0/8), separated by commas, with or without a port; or `*`. This machine itself is always asked directly.
 * @returns undefined: no proxy. @throws TwinstileError 'bad-arguments' for a proxy that is no http(s) address.
 */
export function proxyFor(address: URL, env: NodeJS.ProcessEnv): URL | undefined {
  const name = address.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const proxy = settingOf(env, name);
  if (proxy === undefined || isLoopback(address.hostname) || isExcepted(address, env)) return undefined;
  const written = proxy.includes('://') ? proxy : `http://${proxy}`;
  if (URL.canParse(written)) {
    const url = new URL(written);
    if (['http:', 'https:'].includes(url.protocol)) return url;
  }
  // Node's own error would carry the address, with its login, into the log.
  throw new TwinstileError({
    code: 'bad-arguments',
    message: `Expected http://HOST:PORT in ${name}, got ${showAddress(written)}.`,
    hint: 'Correct it; / ? # and @ of a login are written as %2F %3F %23 and %40.',
  });
}

function settingOf(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = env[name.toLowerCase()] ?? env[name];
  return value === '' ? undefined : value;
}

const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' ||
  hostname.endsWith('.localhost') ||
  hostname === '[::1]' ||
  (isIP(hostname) === 4 && hostname.startsWith('127.'));

function isExcepted({ hostname, port, protocol }: URL, env: NodeJS.ProcessEnv): boolean {
  const at = port === '' ? (protocol === 'https:' ? '443' : '80') : port;
  const bare = hostname.replace(/^\[|\]$/g, '');
  return (settingOf(env, 'NO_PROXY') ?? '').split(/[\s,]+/).some((written) => {
    if (written === '*') return true;
    const { host, onPort = at } = exceptionOf(written);
    if (host === '' || onPort !== at) return false;
    if (host.includes('/')) return isInside(bare, host);
    return bare === host || (isIP(bare) === 0 && bare.endsWith(`.${host}`));
  });
}

/** Reads NAME, .NAME, *.NAME or an address, with or without :PORT; an IPv6 address takes brackets before one. */
function exceptionOf(written: string): { readonly host: string; readonly onPort?: string } {
  const [, address, name = written, onPort] =
    /^(?:\[(.*)\]|\*?\.?([^:]*))(?::(\d+))?$/.exec(written.toLowerCase()) ?? [];
  return { host: address ?? name, onPort };
}

/** @param network as 10.0.0.0/8. */
function isInside(address: string, network: string): boolean {
  const [base = '', bits = ''] = network.split('/');
  const kind = isIP(base);
  if (
    kind === 0 ||
    kind !== isIP(address) ||
    !/^\d{1,3}$/.test(bits) ||
    Number(bits) > (kind === 4 ? 32 : 128)
  )
    return false;
  const family = kind === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(base, Number(bits), family);
  return list.check(address, family);
}

/** @param error of a request. Where several addresses of one name refused, the error itself has no words. */
export function webFault(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message !== '') return error.message;
  return 'code' in error ? String(error.code) : error.name;
}
