/** A repository behind http or https: one connection kept open, every answer bounded in size and in time. */
import http from 'node:http';
import https from 'node:https';
import { TwinstileError } from '../../base/errors.js';
import type { FleetSource } from '../../ports/fleet.js';
import { refused } from '../../sync/refusal.js';
import { throughProxy } from './proxy.js';

export interface HttpLimits {
  /** Longest silence, at connecting and between two pieces, in ms: a slow line sends something. */
  readonly silence: number;
  /** Longest that one file may take altogether, in ms: a server that drips holds nobody for ever. */
  readonly total: number;
}

/** A segment of 40 KB over 10 KB/s takes 4 s; a model of 40 MB over 1 MB/s 40 s. */
const LIMITS: HttpLimits = { silence: 15_000, total: 300_000 };
/** Of one box; a thousand of them ask one server. */
const MOST_CONNECTIONS = 6;

/** @param base ends in a slash. @param proxy "http://HOST:PORT" that tunnels to https servers. */
export function httpSource(base: URL, proxy?: URL, limits: HttpLimits = LIMITS): FleetSource {
  const options = { keepAlive: true, maxSockets: MOST_CONNECTIONS };
  const agent =
    base.protocol === 'https:'
      ? proxy === undefined
        ? new https.Agent(options)
        : throughProxy(proxy, options, limits.silence)
      : new http.Agent(options);
  return {
    fetch: (path, most, signal) => fetchOnce(addressOf(base, path), agent, most, limits, signal),
    close: async () => agent.destroy(),
  };
}

/** Names of roles come encoded already; a ? or a # in the name of a target is part of the name. */
const addressOf = (base: URL, path: string): URL =>
  new URL(`${base.href}${path.replace(/[?#]/g, encodeURIComponent)}`);

function fetchOnce(
  address: URL,
  agent: http.Agent,
  most: number,
  limits: HttpLimits,
  signal: AbortSignal | undefined,
): Promise<Buffer | undefined> {
  const { silence, total } = limits;
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      clearTimeout(timer);
      request.destroy();
      reject(error);
    };
    const timer = setTimeout(() => fail(unreachable(address, `no end within ${total / 1000} s`)), total);
    const get = address.protocol === 'https:' ? https.get : http.get;
    const request = get(address, { agent, timeout: silence, ...(signal === undefined ? {} : { signal }) });
    request.on('timeout', () => fail(unreachable(address, `${silence / 1000} s of silence`)));
    request.on('error', (cause) => {
      if (signal?.aborted === true) return fail(stopped());
      // A server may close a kept connection just as it is used again: that says nothing, and a new one is asked.
      if (request.reusedSocket && 'code' in cause && cause.code === 'ECONNRESET') {
        clearTimeout(timer);
        return resolve(fetchOnce(address, agent, most, limits, signal));
      }
      fail(unreachable(address, cause.message, cause));
    });
    request.on('response', (response) => {
      const { statusCode = 0 } = response;
      response.on('error', (cause) => fail(unreachable(address, cause.message, cause)));
      if (statusCode !== 200) {
        clearTimeout(timer);
        response.resume();
        // Object stores that do not let anybody list say 403 for what is not there.
        if (statusCode === 404 || statusCode === 403) resolve(undefined);
        else reject(unreachable(address, `status ${statusCode}`));
        return;
      }
      const pieces: Buffer[] = [];
      let length = 0;
      response.on('data', (piece: Buffer) => {
        length += piece.length;
        if (length > most) fail(tooMuch(address, most));
        else pieces.push(piece);
      });
      response.on('aborted', () => fail(unreachable(address, 'an answer that breaks off')));
      response.on('end', () => {
        clearTimeout(timer);
        resolve(Buffer.concat(pieces));
      });
    });
  });
}

const tooMuch = (address: URL, most: number): TwinstileError =>
  refused(`at most ${most} bytes at ${address.pathname}`, 'more; stopped reading');

const unreachable = (address: URL, got: string, cause?: unknown): TwinstileError =>
  new TwinstileError({
    code: 'fleet-unreachable',
    message: `Expected ${address.href}, got ${got}.`,
    hint: 'Check gallery.fleet.source, the network and the proxy; the gallery here stays in use and it is tried again.',
    ...(cause === undefined ? {} : { cause }),
  });

const stopped = (): TwinstileError =>
  new TwinstileError({
    code: 'stopped',
    message: 'Expected the end of the download, got the order to stop.',
  });
