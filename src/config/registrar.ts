/** Where people are enrolled for many gates. */
import { z } from 'zod';
import { readDatabaseUrl } from './database-url.js';

const filePath = z.string().min(1);

export const registrarSchema = z.strictObject({
  database: z
    .string()
    .refine(
      (text) => readDatabaseUrl(text) !== undefined,
      'Expected postgres://USER@HOST:PORT/NAME, with ?sslmode=disable, require, verify-ca or verify-full if wanted, and without a password in it.',
    )
    .exactOptional()
    .describe(
      'PostgreSQL where several offices enrol: postgres://USER@HOST:PORT/NAME. Another machine must show a certificate unless ?sslmode says otherwise. The file in `data` if absent.',
    ),
  password_file: filePath
    .exactOptional()
    .describe('File that holds the password; PGPASSFILE or ~/.pgpass if absent.'),
  password_credential: z
    .string()
    .regex(/^[A-Za-z0-9._-]+$/, 'Expected the name of a systemd credential, without a path.')
    .exactOptional()
    .describe('Name of the systemd credential that holds the password.'),
  ca_file: filePath
    .exactOptional()
    .describe('Certificate (PEM) of the authority that signed the server; the system’s own list if absent.'),
});

export type RegistrarConfig = z.infer<typeof registrarSchema>;
