/** Describes the registrar, where people are enrolled for many gates. */
import { z } from 'zod';
import { credentialName, filePath } from '../sections/file-place.js';
import { idSchema } from '../sections/lane-section.js';
import { readDatabaseUrl } from './database-url.js';

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
