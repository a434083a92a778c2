/**
 * What may be shown of an address: scheme, host and port, built from its parts.
 *
 * Logins are written into addresses with characters that end the host for one parser and not for another, and cameras take
 * passwords in paths and queries. So nothing is cut out of the text: what is shown is put together from what was recognised,
 * and an address that can be read in two ways shows its scheme alone.
 */

interface AddressParts {
  /** In lower case, without the colon. */
  readonly scheme: string;
  /** A name or an address, without brackets. */
  readonly host: string;
  readonly port?: number;
}

const KEPT_BACK = '(address kept back)';
const SECRET = '[kept back]';
const SCHEME = /^([a-z][a-z0-9+.-]{0,31}):\/\/(.*)$/is;
/** What ends the authority for the readers of RFC 3986, for browsers and for FFmpeg. */
const AUTHORITY_END = /[/?#\\]/;
const HOST_AND_PORT =
  /^(?:\[([0-9a-f:.]{2,45})\]|([a-z0-9_](?:[a-z0-9._-]{0,251}[a-z0-9_])?\.?))(?::(\d{1,5}))?$/i;
const MAX_PORT = 65_535;

/** @returns undefined when the text is no address, or one of which it is not certain what its host is. */
export function addressParts(text: string): AddressParts | undefined {
  const [, scheme = '', after = ''] = SCHEME.exec(text.trim()) ?? [];
  const end = after.search(AUTHORITY_END);
  const authority = end === -1 ? after : after.slice(0, end);
  // An @ behind the authority may be the end of a login that holds what ends an authority.
  if (scheme === '' || (end !== -1 && after.slice(end).includes('@'))) return undefined;
  const [, address, name, port] = HOST_AND_PORT.exec(authority.slice(authority.lastIndexOf('@') + 1)) ?? [];
  const host = address ?? name;
  if (host === undefined || Number(port ?? 0) > MAX_PORT) return undefined;
  return { scheme: scheme.toLowerCase(), host, port: port === undefined ? undefined : Number(port) };
}

interface ShownParts {
  /** The path too, where it holds nothing but plain names. */
  readonly path?: boolean;
  /** An ellipsis in the place of a login that was there. */
  readonly mark?: boolean;
}

/** "rtsp://10.0.0.7:554", or as much as is certain. For every address that is shown anywhere. */
export function showAddress(text: string | URL, { path = false, mark = false }: ShownParts = {}): string {
  const written = typeof text === 'string' ? text : text.href;
  const parts = addressParts(written);
  if (parts === undefined) return KEPT_BACK;
  const { scheme, host, port } = parts;
  const login = mark && written.includes('@') ? '…@' : '';
  const plain = path ? (PLAIN_PATH.exec(written.trim())?.[1] ?? '') : '';
  return `${scheme}://${login}${host.includes(':') ? `[${host}]` : host}${port === undefined ? '' : `:${port}`}${plain}`;
}

/** Some cameras take their login as a name=value in the path. */
const PLAIN_PATH = /^[^/]*:\/\/[^/?#\\]*((?:\/[a-z0-9._-]*)+)(?:[?#].*)?$/is;

/** For what may be an address, a file or a folder: those are shown as they are, unless they look like part of a login. */
export function showSource(text: string): string {
  if (text.includes('://')) return showAddress(text);
  return /[@?]|:\/|\bpass|\bpwd|\buser/i.test(text) ? KEPT_BACK : text;
}

const IN_TEXT = /[a-z][a-z0-9+.-]*:\/\//i;
const TOKEN_END = /[\s"'<>)|]/;
/** As texts of this program write it. */
const EXAMPLE = 'USER@HOST';
/** Without one of these an address has neither login nor query nor words in its path. */
const CAN_HIDE = /[@?=&#;]/;

/**
 * Removes logins and queries from a text in which another program may repeat an address (FFmpeg, OpenCV, a library's error). An
 * address reaches to the next blank or quote, and as far as the last @ of the text, because a password may hold both.
 */
export const withoutAddresses = (text: string): string => text.split('\n').map(withoutAddressesIn).join('\n');

function withoutAddressesIn(text: string): string {
  const start = text.search(IN_TEXT);
  if (start === -1) return text;
  const rest = text.slice(start);
  // "[rtsp @ 0x55d0]" is FFmpeg's prefix for the component that logs.
  const lastAt = rest.replaceAll(' @ ', '   ').lastIndexOf('@');
  const end = rest.slice(lastAt + 1).search(TOKEN_END);
  const length = lastAt === -1 ? wordEnd(rest) : end === -1 ? rest.length : lastAt + 1 + end;
  const token = rest.slice(0, length);
  const shown = CAN_HIDE.test(token.replace(EXAMPLE, '')) ? showAddress(token) : token;
  return `${text.slice(0, start)}${shown}${withoutAddressesIn(rest.slice(length))}`;
}

function wordEnd(text: string): number {
  const end = text.search(TOKEN_END);
  return end === -1 ? text.length : end;
}

const NAMED =
  /\b(user|login|username|password|passwd|pass|pwd|user-pw|user-id|proxy-pw|token|secret|authorization)(\s*[=:]\s*)(?:(?:basic|digest|bearer)\s+)?("[^"]*"|'[^']*'|[^\s&;,"']+)/gi;

/**
 * For the lines of a program that was given these addresses: removes every known part of them, in each
 * form in which it may be repeated, and also text that looks like an address or a login.
 */
export function keepBack(addresses: readonly string[]): (line: string) => string {
  const known = [...new Set(addresses.flatMap(formsOf))].sort((a, b) => b.length - a.length);
  return (line) => {
    const unknown = known.reduce((text, form) => text.replaceAll(form, SECRET), line);
    return withoutAddresses(unknown).replace(NAMED, `$1$2${SECRET}`);
  };
}

/** A shorter form occurs in every second line. */
const MIN_FORM = 3;

function formsOf(address: string): readonly string[] {
  const after = SCHEME.exec(address.trim())?.[2] ?? address;
  const login = after.slice(0, Math.max(0, after.lastIndexOf('@')));
  const password = login.slice(login.indexOf(':') + 1);
  const query = /[?#].*$/s.exec(after)?.[0] ?? '';
  const values = query.split(/[?&#;]/).map((pair) => pair.slice(pair.indexOf('=') + 1));
  const written = [address, after, login, password, ...password.split('/'), query, ...values];
  const forms = written.flatMap((one) => [one, decoded(one), encodeURIComponent(one), encodeURI(one)]);
  const basic = [login, decoded(login)].map((one) => Buffer.from(one).toString('base64'));
  return [...forms, ...basic].filter((form) => form.length >= MIN_FORM);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A % that encodes nothing stays as it is.
    return text;
  }
}
