/** Describes the registrar, where people are enrolled for many gates. */
import { z } from 'zod';
import { idSchema } from './lane-section.js';
import { isGroup } from './raw-config.js';
import { credentialName, filePath } from './value-schemas.js';

const attributes = (what: string, otherwise = 'the usual ones') =>
  z
    .array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:-]*$/, 'Expected the name of an attribute.'))
    .optional()
    .describe(`Attributes that say ${what}; the first that has a value counts, ${otherwise} if absent.`);

const importSchema = z.strictObject({
  id: attributes('the id of a person'),
  name: attributes('the name'),
  badge: attributes('the badges', 'none'),
  photo: attributes('the photographs'),
  groups: attributes('in which groups of the directory a person is'),
  valid_from: attributes('from when a person is let in', 'none'),
  valid_until: attributes('when an account expires'),
  consent: attributes('the version of the text agreed to', 'none'),
  access_groups: z
    .record(z.string().min(1), idSchema)
    .default({})
    .describe('Access groups by groups of the directory; those that are not named here count for nothing.'),
  mark: idSchema
    .default('directory')
    .describe('Group of everybody whom the directory brought, so that an import knows who left it.'),
});

export const registrarSchema = z.strictObject({
  database: z
    .string()
    .refine(
      (text) => readDatabaseUrl(text) !== undefined,
      'Expected postgres://USER@HOST:PORT/NAME, with ?sslmode=disable, require, verify-ca or verify-full if wanted, and without a password in it.',
    )
    .optional()
    .describe(
      'PostgreSQL where several offices enroll: postgres://USER@HOST:PORT/NAME. Another machine must show a certificate unless ?sslmode says otherwise. The file in `data_dir` if absent.',
    ),
  password_file: filePath()
    .optional()
    .describe('File that holds the password; PGPASSFILE or ~/.pgpass if absent.'),
  password_credential: credentialName()
    .optional()
    .describe('Name of the systemd credential that holds the password.'),
  ca_file: filePath()
    .optional()
    .describe('Certificate (PEM) of the authority that signed the server; the system’s own list if absent.'),
  login: z
    .enum(['scram', 'any'])
    .default('scram')
    .describe(
      'How the password goes to the server: by SCRAM alone (with TLS bound to the connection), or in any way that whoever listens there asks for, in clear as well.',
    ),
  import: importSchema.prefault({}).describe('How an export of a directory service is read (people import).'),
});

export type ImportConfig = z.infer<typeof importSchema>;
export type RegistrarConfig = z.infer<typeof registrarSchema>;

/** Address in the place of a broker that a registrar does not have: nothing is connected to it. */
export const NO_BROKER = 'mqtt://127.0.0.1:1883';

/**
 * Defaults for a registrar, which has no gates and so needs no lanes, no key for grants and no broker. They are parsed as any
 * other value, so that the rest is checked as usual. Code that would use one of them reports it as missing.
 */
const NOTHING = {
  lanes: [],
  grants: { key_id: 'none', algorithm: 'ed25519', key_file: 'none' },
  mqtt: { url: NO_BROKER },
};

export const isRegistrarConfig = (root: unknown): boolean =>
  isGroup(root) && isGroup(root.registrar) && root.registrar.database !== undefined;

/** Whether the file is that of a registrar, with its people in a database of offices or in a file of its own, and no lane to serve. */
export const hasNoLanes = (root: unknown): boolean =>
  isRegistrarConfig(root) ||
  (isGroup(root) && isGroup(root.registrar) && (!Array.isArray(root.lanes) || root.lanes.length === 0));

/** @param root the document as it was read. */
export const withRegistrarDefaults = (root: unknown): unknown =>
  isGroup(root) && hasNoLanes(root) ? { ...NOTHING, ...root } : root;

const MODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const;

interface DatabaseUrl {
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
 * Parses postgres://USER@HOST:PORT/NAME?sslmode=MODE, the usual form, but without a password.
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
