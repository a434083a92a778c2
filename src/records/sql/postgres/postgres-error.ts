/** Maps errors of PostgreSQL, Node and OpenSSL to messages with a cause and a hint. */
import { TwinstileError } from '../../../base/errors.js';
import { unusableStorage } from '../../sql-port.js';

/** Codes of PostgreSQL (SQLSTATE), Node and OpenSSL, by their beginning; the first that fits counts. */
const CASES: readonly (readonly [codes: RegExp, got: string, hint: string])[] = [
  [
    /^28/,
    'a refused login',
    'Correct the user in registrar.database, the password (registrar.password_file or PGPASSFILE), or pg_hba.conf.',
  ],
  [/^3D000/, 'no database of that name', 'Make it with: createdb --encoding=UTF8 --template=template0 NAME'],
  [
    /^42501/,
    'a user who may not do that',
    'Let the user own the tables: CREATE SCHEMA twinstile AUTHORIZATION the user of registrar.database.',
  ],
  [/^25006/, 'one that cannot be written', 'Name the primary in registrar.database, not a standby.'],
  [
    /^(55P03|40P01|40001|57014)/,
    'one that another office holds',
    'Wait for the other command to end, then repeat this one.',
  ],
  [
    /^53300/,
    'one with too many connections',
    'Raise max_connections, or wait for others to end; then repeat.',
  ],
  [/^53/, 'a full disk or no memory at the server', 'Make room there; nothing that was stored is lost.'],
  [/^(XX00[12]|58)/, 'a damaged one', 'Look into the log of PostgreSQL, and restore a backup if need be.'],
  [
    /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS|HOSTNAME_)/,
    'a server whose certificate is not to be trusted',
    'Name its authority in registrar.ca_file, and the server as its certificate does in registrar.database.',
  ],
  [
    /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|ENOENT|EACCES|57P03)/,
    'no answer',
    'Start PostgreSQL, or correct registrar.database; `pg_isready` tells whether it listens.',
  ],
  [
    /^(08|57P0|25P03|ECONNRESET|EPIPE)/,
    'a connection that broke',
    'Repeat the command: what was stored stays stored, the rest was not begun.',
  ],
];

/** Messages of the driver that have no code. */
const MESSAGES: readonly (readonly [text: RegExp, code: string])[] = [
  [/does not support SSL/i, 'no-tls'],
  [/timeout/i, 'ETIMEDOUT'],
  [/password must be a string|no password supplied|SASL/i, '28P01'],
  [/terminated|not queryable|ended|reset/i, 'ECONNRESET'],
];

/** @param place "HOST:PORT/DATABASE": never with a login in it. */
export function postgresError(place: string, cause: unknown): Error {
  if (cause instanceof TwinstileError) return cause;
  const code = codeOf(cause);
  if (code === 'no-tls')
    return unusableStorage(
      `an encrypted connection to ${place}`,
      'a server that offers none',
      'Switch TLS on there (ssl = on). On a wire that nobody else can reach: ?sslmode=disable.',
      cause,
    );
  const known = CASES.find(([codes]) => codes.test(code));
  if (known !== undefined)
    return unusableStorage(`the database of people at ${place}`, known[1], known[2], cause);
  return new TwinstileError({
    code: 'internal',
    message: `The database of people at ${place} failed: ${cause instanceof Error ? cause.message : String(cause)}.`,
    cause,
  });
}

/** Of several addresses of one host that were tried the first failure counts. */
function codeOf(cause: unknown): string {
  if (cause instanceof AggregateError) return codeOf(cause.errors[0]);
  if (!(cause instanceof Error)) return '';
  if ('code' in cause && typeof cause.code === 'string') return cause.code;
  return MESSAGES.find(([text]) => text.test(cause.message))?.[1] ?? '';
}
