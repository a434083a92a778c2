/** Asks a camera that serves MJPEG over HTTP for its stream, and classifies the answer. */
import { get as getHttp, type IncomingMessage } from 'node:http';
import { get as getHttps } from 'node:https';
import { compact } from '../../base/compact.js';
import { answerLogin, type CameraLogin } from './camera-login.js';
import { answers, codeOf, PATIENCE_MS, type StreamAnswer } from './stream-answer.js';

/** Size of the first part of a stream: its first boundary must be within it. */
const ENOUGH = 64;

/** What one request came to: an answer, nothing to object to, or the login that it asks for. */
type Asked = StreamAnswer | undefined | { readonly challenges: readonly string[]; readonly status: number };

/** @param address without its login. */
export async function askHttp(
  address: URL,
  login: CameraLogin | undefined,
): Promise<StreamAnswer | undefined> {
  const first = await askOnce(address);
  if (first === undefined || 'detail' in first) return first;
  if (login === undefined) return answers.loginMissing(first.status);
  const uri = `${address.pathname}${address.search}`;
  const authorization = answerLogin(first.challenges, login, { method: 'GET', uri });
  if (authorization === undefined) return answers.loginUnknown(first.status);
  const second = await askOnce(address, authorization);
  return second !== undefined && 'status' in second ? answers.loginRefused(second.status) : second;
}

function askOnce(address: URL, authorization?: string): Promise<Asked> {
  return new Promise((resolve) => {
    const get = address.protocol === 'https:' ? getHttps : getHttp;
    let isStream = false;
    // FFmpeg does not verify certificates either; no received data is used.
    const headers = compact({ authorization });
    const request = get(address, { rejectUnauthorized: false, headers }, (response) => {
      const known = judgeHead(response);
      if (known !== 'stream') return end(known);
      isStream = true;
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        const begin = Buffer.concat(chunks);
        if (begin.length >= ENOUGH) end(judgeBegin(begin));
      });
      response.on('error', () => end(undefined));
    });
    const limit = setTimeout(
      () => end(isStream ? answers.noPicture(PATIENCE_MS / 1000) : answers.silent()),
      PATIENCE_MS,
    );
    const end = (asked: Asked): void => {
      clearTimeout(limit);
      request.destroy();
      resolve(asked);
    };
    request.on('error', (error) =>
      end(
        codeOf(error).startsWith('HPE_') ? answers.otherProtocol('HTTP') : answers.unreachable(codeOf(error)),
      ),
    );
  });
}

function judgeHead({ statusCode: status = 0, headers }: IncomingMessage): Asked | 'stream' {
  const challenge = headers['www-authenticate'];
  if (status === 401 && challenge !== undefined)
    return { status, challenges: challenge.split(/,\s*(?=basic\b|digest\b)/i) };
  if (status === 401 || status === 403) return answers.loginRefused(status);
  if (status >= 300 && status < 400) return answers.elsewhere(status);
  if (status === 503) return answers.full(status);
  if (status !== 200) return answers.status(status);
  const type = headers['content-type'] ?? '';
  if (/^multipart\//i.test(type)) return 'stream';
  if (/^text\/|json|xml/i.test(type)) return answers.page();
  if (/^image\//i.test(type)) return answers.onePicture();
  return undefined;
}

/**
 * RFC 2046: each part begins with a line of two dashes and the boundary; FFmpeg reads no stream without the dashes of the
 * first.
 */
const judgeBegin = (begin: Buffer): StreamAnswer | undefined =>
  /^\s*--/.test(begin.toString('latin1')) ? undefined : answers.noBoundary();
