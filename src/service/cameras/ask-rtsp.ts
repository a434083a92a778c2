/** Asks a camera over RTSP (RFC 2326) to describe its stream, and classifies the answer. */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { answerLogin, type CameraLogin } from './camera-login.js';
import { answers, codeOf, PATIENCE_MS, type StreamAnswer } from './stream-answer.js';

/** A description of a stream is about a thousand bytes. */
const MAX_BYTES = 65_536;

interface Response {
  readonly status: number;
  readonly challenges: readonly string[];
  readonly body: string;
}

interface Place {
  readonly host: string;
  readonly port?: number;
}

/** @param address without its login. @param place of the same. */
export async function askRtsp(
  address: URL,
  place: Place,
  login: CameraLogin | undefined,
): Promise<StreamAnswer | undefined> {
  const first = await describe(address, place);
  if ('detail' in first) return first;
  if (first.status !== 401) return judge(first);
  if (login === undefined) return answers.loginMissing(first.status);
  const authorization = answerLogin(first.challenges, login, { method: 'DESCRIBE', uri: address.href });
  if (authorization === undefined) return answers.loginUnknown(first.status);
  const second = await describe(address, place, authorization);
  if ('detail' in second) return second;
  return second.status === 401 ? answers.loginRefused(second.status) : judge(second);
}

function judge({ status, body }: Response): StreamAnswer | undefined {
  if (status === 403) return answers.loginRefused(status);
  if (status >= 300 && status < 400) return answers.elsewhere(status);
  // Not enough bandwidth, service unavailable.
  if (status === 453 || status === 503) return answers.full(status);
  if (status !== 200) return answers.status(status);
  return /^m=video\b/m.test(body) ? undefined : answers.noVideo();
}

function describe(
  address: URL,
  { host, port }: Place,
  authorization?: string,
): Promise<Response | StreamAnswer> {
  return new Promise((resolve) => {
    const isSafe = address.protocol === 'rtsps:';
    // FFmpeg does not verify certificates either; no received data is used.
    const socket: Socket = isSafe
      ? connectTls({ host, port: port ?? 322, rejectUnauthorized: false })
      : connect({ host, port: port ?? 554 });
    let received = '';
    const limit = setTimeout(
      () => end(received === '' ? answers.silent() : answers.otherProtocol('RTSP')),
      PATIENCE_MS,
    );
    const end = (outcome: Response | StreamAnswer): void => {
      clearTimeout(limit);
      socket.destroy();
      resolve(outcome);
    };
    socket.on('error', (error) => end(answers.unreachable(codeOf(error))));
    socket.on('close', () => end(received === '' ? answers.silent() : answers.otherProtocol('RTSP')));
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      const outcome = read(received);
      if (outcome !== undefined) end(outcome);
    });
    const more = authorization === undefined ? [] : [`Authorization: ${authorization}`];
    const lines = [
      `DESCRIBE ${address.href} RTSP/1.0`,
      'CSeq: 1',
      'Accept: application/sdp',
      ...more,
      '',
      '',
    ];
    socket.write(lines.join('\r\n'));
  });
}

/** @returns undefined while the response is not whole. */
function read(received: string): Response | StreamAnswer | undefined {
  if (received.length > MAX_BYTES || !'RTSP/'.startsWith(received.slice(0, 5)))
    return answers.otherProtocol('RTSP');
  const end = received.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [first = '', ...lines] = received.slice(0, end).split('\r\n');
  const all = (name: string): readonly string[] =>
    lines.flatMap((line) =>
      line.toLowerCase().startsWith(`${name}:`) ? [line.slice(name.length + 1).trim()] : [],
    );
  const body = received.slice(end + 4);
  if (body.length < Number(all('content-length')[0] ?? 0)) return undefined;
  const status = Number(/^RTSP\/\S+ (\d{3})/.exec(first)?.[1] ?? 0);
  return status === 0 ? answers.otherProtocol('RTSP') : { status, challenges: all('www-authenticate'), body };
}
