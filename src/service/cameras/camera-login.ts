/** Answers a camera's request for a login, over HTTP and RTSP: Basic (RFC 7617) and Digest with MD5 (RFC 2617, RFC 7616). */
import { createHash, randomBytes } from 'node:crypto';

export interface CameraLogin {
  readonly user: string;
  readonly password: string;
}

interface LoginRequest {
  readonly method: string;
  /** As in the request line. */
  readonly uri: string;
}

/** @returns the login of an address, undefined where it has none, 'unreadable' for a malformed percent escape. */
export function loginIn({
  username,
  password,
}: Pick<URL, 'username' | 'password'>): CameraLogin | 'unreadable' | undefined {
  if (username === '' && password === '') return undefined;
  try {
    return { user: decodeURIComponent(username), password: decodeURIComponent(password) };
  } catch {
    return 'unreadable';
  }
}

/**
 * Pure but for the client's random number. A camera that asks for Digest never receives the password.
 * @param challenges values of WWW-Authenticate. @returns the value of Authorization, or undefined for another scheme.
 */
export function answerLogin(
  challenges: readonly string[],
  { user, password }: CameraLogin,
  request: LoginRequest,
): string | undefined {
  const digest = challenges.find((one) => /^digest /i.test(one) && !/algorithm="?(?!md5\b)/i.test(one));
  if (digest !== undefined) return digestAnswer(digest, { user, password }, request);
  if (!challenges.some((one) => /^basic/i.test(one))) return undefined;
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

function digestAnswer(
  challenge: string,
  { user, password }: CameraLogin,
  { method, uri }: LoginRequest,
): string {
  const field = (name: string): string => {
    const found = new RegExp(`\\b${name}=(?:"([^"]*)"|([^",\\s]+))`, 'i').exec(challenge);
    return found?.[1] ?? found?.[2] ?? '';
  };
  const [realm, nonce, opaque] = [field('realm'), field('nonce'), field('opaque')];
  const isCounted = /\bauth\b/.test(field('qop'));
  const [count, cnonce] = ['00000001', randomBytes(8).toString('hex')];
  const middle = isCounted ? `${nonce}:${count}:${cnonce}:auth` : nonce;
  const response = md5(`${md5(`${user}:${realm}:${password}`)}:${middle}:${md5(`${method}:${uri}`)}`);
  const quoted = { username: user, realm, nonce, uri, response };
  const words = Object.entries(quoted).map(([name, value]) => `${name}="${value.replaceAll('"', '\\"')}"`);
  if (isCounted) words.push('qop=auth', `nc=${count}`, `cnonce="${cnonce}"`);
  if (opaque !== '') words.push(`opaque="${opaque}"`);
  return `Digest ${words.join(', ')}`;
}

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
