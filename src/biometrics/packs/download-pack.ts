/** Where do the bytes of a pack come from: its card's address, a mirror on the net, or a folder? */
import { stat } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import path from 'node:path';
import { TwinstileError } from '../../base/errors.js';
import { showAddress, showSource } from '../../base/shown-address.js';
import { type Millis, millis } from '../../base/units.js';
import { openPlainFile } from '../../platform/plain-file.js';
import { proxyFor, webAgent, webFault, webGet } from '../../platform/web-get.js';
import type { ModelFile } from '../model-card.js';
import { stopped } from './onnx-guard.js';

/** The longest silence of a server, at connecting and between two pieces: a slow line sends something. */
const MAX_SILENCE = millis(30_000);
/** GitHub answers with one, and with two for a repository that was renamed. */
const MAX_REDIRECTIONS = 5;

export interface Source {
  /** Name of the pack: a mirror folder may hold one folder per pack. */
  readonly pack: string;
  /** A folder, or an http(s) address below which the files lie. Absent: the card's own address. */
  readonly mirror?: string;
  readonly signal?: AbortSignal;
  /** Called with the bytes had so far of this file, from 0 to `file.bytes`. */
  readonly onProgress?: (file: ModelFile, bytes: number) => void;
  readonly silence?: Millis;
  /** Names the proxy; absent: of none. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * The bytes of one file, piece by piece; never more than declared. They are not yet checked: see guard.ts.
 * @throws TwinstileError 'download-failed', or 'stopped' when the signal aborts.
 */
export async function* bytesFrom(file: ModelFile, source: Source): AsyncGenerator<Uint8Array> {
  const { mirror, onProgress, signal } = source;
  if (signal?.aborted === true) throw stopped(signal);
  const address = addressOf(file, mirror);
  const pieces = address === undefined ? fromFolder(file, source) : fromNet(address, file, source);
  let length = 0;
  onProgress?.(file, 0);
  for await (const piece of pieces) {
    length += piece.length;
    if (length > file.bytes)
      throw failed(file, `Expected ${file.bytes} bytes of ${file.file}, got more; stopped reading.`);
    yield piece;
    onProgress?.(file, length);
  }
  if (length !== file.bytes)
    throw failed(file, `Expected ${file.bytes} bytes of ${file.file}, got only ${length}.`);
}

/** @returns undefined when the file is to be found in a folder. */
function addressOf(file: ModelFile, mirror: string | undefined): URL | undefined {
  if (mirror !== undefined) {
    if (!/^https?:\/\//i.test(mirror)) return undefined;
    if (!URL.canParse(mirror))
      throw failed(file, `Expected a folder or an address as mirror, got '${showAddress(mirror)}'.`);
    const base = new URL(mirror);
    base.pathname = `${base.pathname.replace(/\/+$/, '')}/${file.file}`;
    return base;
  }
  if (file.url === undefined)
    throw failed(file, `Expected an address of ${file.file} in its card, got none.`);
  const url = new URL(file.url);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw failed(file, `Expected an http(s) address of ${file.file}, got ${showSource(file.url)}.`);
  return url;
}

async function* fromFolder(
  file: ModelFile,
  { pack, mirror = '.', signal }: Source,
): AsyncGenerator<Uint8Array> {
  const places = [path.resolve(mirror, pack, file.file), path.resolve(mirror, file.file)];
  for (const place of places) {
    // Absent here: the next source is tried, and after the last one it is reported.
    const found = await stat(place).catch(() => undefined);
    if (found === undefined) continue;
    if (!found.isFile()) throw failed(file, `Expected a plain file at ${place}, got something else.`);
    if (found.size !== file.bytes)
      throw failed(file, `Expected ${file.bytes} bytes in ${place}, got ${found.size}.`);
    try {
      // The stream closes it.
      yield* (await openPlainFile(place)).createReadStream({ signal }) as AsyncIterable<Uint8Array>;
    } catch (cause) {
      throw signal?.aborted === true
        ? stopped(signal)
        : failed(file, `${place} could not be read: ${reasonOf(cause)}.`, cause);
    }
    return;
  }
  throw failed(file, `Expected ${file.file} in the mirror, got neither ${places.join(' nor ')}.`);
}

async function* fromNet(
  url: URL,
  file: ModelFile,
  { signal, silence = MAX_SILENCE, env = {} }: Source,
): AsyncGenerator<Uint8Array> {
  const stall = new AbortController();
  const timer = setTimeout(() => stall.abort(), silence);
  let asked = url;
  try {
    const ends = signal === undefined ? stall.signal : AbortSignal.any([signal, stall.signal]);
    const response = await answerOf(url, { silence, signal: ends, env }, (next) => {
      asked = next;
      timer.refresh();
    });
    assertAnnounced(response, url, file);
    for await (const piece of response as AsyncIterable<Uint8Array>) {
      timer.refresh();
      yield piece;
      timer.refresh();
    }
  } catch (cause) {
    if (cause instanceof TwinstileError) throw cause;
    if (signal?.aborted === true) throw stopped(signal);
    const reason = stall.signal.aborted ? `nothing for ${silence / 1000} s` : webFault(cause);
    const proxy = proxyFor(asked, env);
    const way = proxy === undefined ? '' : ` through the proxy ${showAddress(proxy)}`;
    throw failed(
      file,
      `${file.file} could not be downloaded from ${showAddress(url)}${way}: ${reason}.`,
      cause,
      proxy !== undefined,
    );
  } finally {
    clearTimeout(timer);
    // Closes the connection of a response that was not read to its end.
    stall.abort();
  }
}

interface Asking {
  readonly silence: Millis;
  readonly signal: AbortSignal;
  readonly env: NodeJS.ProcessEnv;
}

/** Follows redirections; each server is asked by the proxy that its own address has. @param onAsked before each request. */
async function answerOf(
  url: URL,
  { silence, signal, env }: Asking,
  onAsked: (address: URL) => void,
): Promise<IncomingMessage> {
  let address = url;
  for (let followed = 0; followed <= MAX_REDIRECTIONS; followed += 1) {
    onAsked(address);
    const agent = webAgent(address, proxyFor(address, env));
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      webGet(address, { agent, silence, signal }).on('response', resolve).on('error', reject);
    });
    const { location } = answer.headers;
    if (![301, 302, 303, 307, 308].includes(answer.statusCode ?? 0) || location === undefined) return answer;
    // The request ends with it, and its late error is no one's.
    answer.on('error', () => {}).destroy();
    if (!URL.canParse(location, address.href)) throw new Error('a redirection to what is no address');
    address = new URL(location, address);
    if (!/^https?:$/.test(address.protocol)) throw new Error(`a redirection to ${address.protocol}`);
  }
  throw new Error(`more than ${MAX_REDIRECTIONS} redirections`);
}

/** @throws TwinstileError 'download-failed' when the server already reports that it does not have the file. */
function assertAnnounced({ statusCode, headers }: IncomingMessage, url: URL, file: ModelFile): void {
  if (statusCode !== 200)
    throw failed(file, `Expected ${file.file} from ${showAddress(url)}, got HTTP ${statusCode}.`);
  const announced = headers['content-length'];
  if (
    announced !== undefined &&
    headers['content-encoding'] === undefined &&
    Number(announced) !== file.bytes
  )
    throw failed(file, `Expected ${file.bytes} bytes from ${showAddress(url)}, got ${announced} announced.`);
}

const failed = (file: ModelFile, message: string, cause?: unknown, isProxied = false): TwinstileError =>
  new TwinstileError({
    code: 'download-failed',
    message,
    hint: `${isProxied ? 'Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY. Or fetch' : 'Fetch'} ${file.file} on another machine and repeat with --mirror FOLDER, or name a mirror with --mirror URL.`,
    cause,
  });

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
