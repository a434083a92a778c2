/** Explains why a network camera gives no pictures: sends it one request as FFmpeg would, and reports the answer. */
import { get as getHttp } from 'node:http';
import { get as getHttps } from 'node:https';
import { connect } from 'node:net';
import { addressParts } from '../../base/shown-address.js';

export interface StreamAnswer {
  readonly detail: string;
  readonly todo: string;
}

const PATIENCE_MS = 3000;
/** Size of the first part of a stream: its first boundary must be within it. */
const ENOUGH = 64;
const LOGIN = 'Correct the login in camera.url: write / ? # and @ in it as %2F %3F %23 and %40.';
const ADDRESS =
  'Correct the path in camera.url: the camera’s manual or its ONVIF page names that of its stream.';
const NETWORK = 'Check the camera’s power, cable, address and port from this machine (ping, ffplay).';

/** Never throws. @returns undefined when the answer does not show the cause. */
export async function askStream(url: string): Promise<StreamAnswer | undefined> {
  const address = addressParts(url);
  if (address === undefined) return undefined;
  if (address.scheme === 'http' || address.scheme === 'https') return askHttp(url, address.scheme);
  const port = address.port ?? (address.scheme === 'rtsps' ? 322 : 554);
  const fault = await faultOfPort(address.host, port);
  return fault === undefined ? undefined : { detail: fault, todo: NETWORK };
}

async function askHttp(url: string, scheme: 'http' | 'https'): Promise<StreamAnswer | undefined> {
  if (!URL.canParse(url)) return { detail: 'Its address cannot be read.', todo: LOGIN };
  const address = new URL(url);
  const { username, password } = address;
  address.username = '';
  address.password = '';
  // The login is sent only when Basic authentication is requested, as FFmpeg does: a camera with Digest never receives it.
  const first = await askOnce(address, scheme);
  if (first !== 'basic') return first;
  const auth = loginOf(username, password);
  if (auth === undefined) return { detail: 'Its login cannot be read.', todo: LOGIN };
  const second = await askOnce(address, scheme, auth);
  return second === 'basic' ? { detail: 'It refuses the login (401).', todo: LOGIN } : second;
}

function loginOf(username: string, password: string): string | undefined {
  try {
    return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  } catch {
    // A malformed percent escape.
    return undefined;
  }
}

function askOnce(
  address: URL,
  scheme: 'http' | 'https',
  auth?: string,
): Promise<StreamAnswer | 'basic' | undefined> {
  return new Promise((resolve) => {
    const get = scheme === 'https' ? getHttps : getHttp;
    // FFmpeg does not verify certificates either; no received data is used.
    const request = get(address, { rejectUnauthorized: false, auth }, (answer) => {
      const { statusCode = 0, headers } = answer;
      const known = judgeHead(statusCode, headers['content-type'], headers['www-authenticate']);
      if (known !== 'stream') return end(known);
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        const begin = Buffer.concat(chunks);
        if (begin.length >= ENOUGH) end(judgeBegin(begin));
      });
      answer.on('error', () => end(undefined));
    });
    const limit = setTimeout(
      () =>
        end({
          detail: 'It takes the connection and sends nothing.',
          todo: 'Restart the camera; another program may hold its only stream.',
        }),
      PATIENCE_MS,
    );
    const end = (answer: StreamAnswer | 'basic' | undefined): void => {
      clearTimeout(limit);
      request.destroy();
      resolve(answer);
    };
    request.on('error', (error) =>
      end({ detail: `It cannot be reached (${codeOf(error)}).`, todo: NETWORK }),
    );
  });
}

/** Pure. */
function judgeHead(status: number, type = '', challenge = ''): StreamAnswer | 'stream' | 'basic' | undefined {
  if (status === 401 || status === 403) {
    if (/^basic/i.test(challenge)) return 'basic';
    if (/^digest/i.test(challenge))
      return {
        detail: `It asks for a login by Digest (${status}).`,
        todo: `If the login is right, try it in ffplay. ${LOGIN}`,
      };
    return { detail: `It refuses the login (${status}).`, todo: LOGIN };
  }
  if (status >= 300 && status < 400) return { detail: `It sends elsewhere (${status}).`, todo: ADDRESS };
  if (status !== 200) return { detail: `It answers ${status}.`, todo: ADDRESS };
  if (/^multipart\//i.test(type)) return 'stream';
  if (/^text\/|json|xml/i.test(type))
    return { detail: 'It answers with a page and not with a stream.', todo: ADDRESS };
  if (/^image\//i.test(type))
    return { detail: 'It answers with one picture and not with a stream.', todo: ADDRESS };
  return undefined;
}

/**
 * RFC 2046: each part begins with a line of two dashes and the boundary; FFmpeg reads no stream without the dashes of the
 * first.
 */
function judgeBegin(begin: Buffer): StreamAnswer | undefined {
  if (/^\s*--/.test(begin.toString('latin1'))) return undefined;
  return {
    detail: 'It sends its first picture without the boundary before it, which FFmpeg cannot read.',
    todo: 'Use the camera’s RTSP stream, or update its firmware.',
  };
}

function faultOfPort(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: PATIENCE_MS });
    const end = (fault: string | undefined): void => {
      socket.destroy();
      resolve(fault);
    };
    socket.on('connect', () => end(undefined));
    socket.on('timeout', () => end('It cannot be reached: nothing answers.'));
    socket.on('error', (error) => end(`It cannot be reached (${codeOf(error)}).`));
  });
}

const codeOf = (error: Error): string => ('code' in error ? String(error.code) : 'no answer');
