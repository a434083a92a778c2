/** A repository behind http or https: one connection kept open, every answer bounded in size and in time. */
import type http from 'node:http';
import { TwinstileError } from '../../base/errors.js';
import { showAddress } from '../../base/shown-address.js';
import { webAgent, webFault, webGet } from '../../platform/web-get.js';
import type { FleetSource, PartialDownload } from '../fleet-ports.js';
import { refused } from '../tuf/refusal.js';

interface HttpLimits {
  /** Longest silence, at connecting and between two pieces, in ms: a slow line sends something. */
  readonly silence: number;
  /** Longest that one file may take altogether, in ms: bounds a server that sends byte by byte. */
  readonly total: number;
}

/** A segment of 40 KB over 10 KB/s takes 4 s; a model of 40 MB over 1 MB/s 40 s. */
const LIMITS: HttpLimits = { silence: 15_000, total: 300_000 };
/** Of one box; a thousand of them ask one server. */
const MAX_CONNECTIONS = 6;

/** @param base ends in a slash. @param proxy that it is asked through. */
export function httpSource(base: URL, proxy?: URL, limits: HttpLimits = LIMITS): FleetSource {
  const agent = webAgent(base, proxy, { keepAlive: true, maxSockets: MAX_CONNECTIONS });
  return {
    fetch: (path, most, signal, begun) =>
      fetchOnce({ address: addressOf(base, path), agent, most, limits, signal, begun }),
    close: async () => agent.destroy(),
  };
}

/** Names of roles come encoded already; a ? or a # in the name of a target is part of the name. */
const addressOf = (base: URL, path: string): URL =>
  new URL(`${base.href}${path.replace(/[?#]/g, encodeURIComponent)}`);

interface Request {
  readonly address: URL;
  readonly agent: http.Agent;
  readonly most: number;
  readonly limits: HttpLimits;
  readonly signal: AbortSignal | undefined;
  readonly begun: PartialDownload | undefined;
}

function fetchOnce(asking: Request): Promise<Buffer | undefined> {
  const { address, agent, most, limits, signal, begun } = asking;
  const { silence, total } = limits;
  // As long as the whole file or longer: then it is not the beginning of it.
  const from = begun === undefined || begun.bytes.length >= most ? 0 : begun.bytes.length;
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      clearTimeout(timer);
      request.destroy();
      if (begun === undefined) reject(error);
      else void begun.end().then(() => reject(error));
    };
    const again = (next: Request): void => {
      clearTimeout(timer);
      resolve(fetchOnce(next));
    };
    const timer = setTimeout(() => fail(unreachable(address, `no end within ${total / 1000} s`)), total);
    const request = webGet(address, { agent, silence, signal, from });
    request.on('timeout', () => fail(unreachable(address, `${silence / 1000} s of silence`)));
    request.on('error', (cause) => {
      if (signal?.aborted === true) return fail(stopped());
      // A server may close a kept connection just as it is used again: that is no fault, and a new one is opened.
      if (request.reusedSocket && 'code' in cause && cause.code === 'ECONNRESET') return again(asking);
      fail(unreachable(address, webFault(cause), cause));
    });
    request.on('response', (response) => {
      const { statusCode = 0, headers } = response;
      response.on('error', (cause) =>
        fail(signal?.aborted === true ? stopped() : unreachable(address, webFault(cause), cause)),
      );
      const isRest =
        statusCode === 206 && from > 0 && headers['content-range']?.startsWith(`bytes ${from}-`) === true;
      if (statusCode !== 200 && !isRest) {
        response.resume();
        // Object stores without the right to list answer 403 for a missing file.
        if (statusCode === 404 || statusCode === 403) {
          clearTimeout(timer);
          return resolve(undefined);
        }
        // A server that does not continue from there may still send the complete file.
        if (from > 0) return again({ ...asking, begun: undefined });
        return fail(unreachable(address, `status ${statusCode}`));
      }
      // No encoding was requested, and the signed length is that of the plain bytes.
      if (!['identity', undefined].includes(headers['content-encoding']))
        return fail(unreachable(address, `an answer in ${headers['content-encoding']}`));
      if (!isRest) begun?.restart();
      const pieces: Buffer[] = isRest && begun !== undefined ? [begun.bytes] : [];
      let length = isRest ? from : 0;
      response.on('data', (piece: Buffer) => {
        length += piece.length;
        if (length > most) return fail(tooMuch(address, most));
        pieces.push(piece);
        begun?.add(piece);
      });
      response.on('aborted', () => {
        if (signal?.aborted !== true) fail(unreachable(address, 'an answer that breaks off'));
      });
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
    message: `Expected ${showAddress(address)}${address.pathname}, got ${got}.`,
    hint: 'Check gallery.fleet.source, the network and the proxy; the gallery here stays in use and it is tried again.',
    cause,
  });

const stopped = (): TwinstileError =>
  new TwinstileError({
    code: 'stopped',
    message: 'The download was stopped on request.',
  });
