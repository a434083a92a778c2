/** Parses postgres://USER@HOST:PORT/NAME?sslmode=MODE, the usual form, but without a password. */

const MODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const;

export interface DatabaseUrl {
  /** A name, an address, or the folder of a socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** Absent: the user of the process. */
  readonly user?: string;
  readonly encryption: (typeof MODES)[number];
}

const FORM =
  /^postgres(?:ql)?:\/\/(?:([^:@/?\s]+)@)?(\[[0-9A-Fa-f:.]+\]|[^:@/?\s[\]]*)(?::(\d{1,5}))?\/([^/?@\s]+)(?:\?(\S*))?$/;
const DEFAULT_PORT = 5432;
const HERE: readonly string[] = ['localhost', '127.0.0.1', '::1'];

/**
 * A remote host must present a valid certificate, unless `sslmode` sets another mode. `?host=/run/postgresql` names a socket.
 * @returns undefined when the text is no such URL.
 */
export function readDatabaseUrl(text: string): DatabaseUrl | undefined {
  const [whole, user, name = '', port, database = '', query = ''] = FORM.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const options = new URLSearchParams(query);
  const known = ['sslmode', 'host'];
  if ([...options.keys()].some((key) => !known.includes(key) || options.getAll(key).length > 1))
    return undefined;
  const host = options.get('host') ?? name.replace(/^\[|\]$/g, '');
  const isLocal = host.startsWith('/') || HERE.includes(host);
  const asked = options.get('sslmode') ?? (isLocal ? 'disable' : 'verify-full');
  const encryption = MODES.find((mode) => mode === asked);
  const number = Number(port ?? DEFAULT_PORT);
  if (host === '' || encryption === undefined || number < 1 || number > 65_535) return undefined;
  try {
    return {
      host,
      port: number,
      database: decodeURIComponent(database),
      user: user === undefined ? undefined : decodeURIComponent(user),
      encryption,
    };
  } catch {
    // A % that encodes no character.
    return undefined;
  }
}
