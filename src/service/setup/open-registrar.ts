/** Opens the registrar's database from the configuration. */
import { userInfo } from 'node:os';
import type { AccessStore } from '../../access/policy/access-store.js';
import { compact } from '../../base/compact.js';
import { TwinstileError } from '../../base/errors.js';
import { MAX_KEY_FILE, readPlainText } from '../../platform/plain-file.js';
import type { Journal, Outbox } from '../../records/journal/journal.js';
import { openRows } from '../../records/journal/journal-rows.js';
import { openPostgres, type PostgresDatabase } from '../../records/sql/postgres/postgres-database.js';
import type { Tables } from '../../records/sql-port.js';
import { type RegistrarConfig, readDatabaseUrl } from '../config/sections/registrar-section.js';
import { placeOf, readSecret } from '../config/sections/secret-place.js';

/**
 * @param credentials value of CREDENTIALS_DIRECTORY.
 * @throws TwinstileError 'config-invalid' | 'key-unusable' | 'gallery-unusable'.
 */
export async function openRegistrar(
  registrar: RegistrarConfig,
  credentials: string | undefined,
): Promise<PostgresDatabase> {
  const address = registrar.database === undefined ? undefined : readDatabaseUrl(registrar.database);
  if (address === undefined)
    throw new TwinstileError({
      code: 'config-invalid',
      message: 'Expected registrar.database to name a database, got none.',
      hint: 'Write postgres://USER@HOST:PORT/NAME.',
    });
  const place = placeOf(registrar.password_file, registrar.password_credential);
  const password = place === undefined ? undefined : (await readSecret(place, credentials)).toString('utf8');
  return openPostgres({
    user: userInfo().username,
    ...compact(address),
    login: registrar.login,
    password: password?.replace(/\r?\n$/, ''),
    authority: registrar.ca_file === undefined ? undefined : await readAuthority(registrar.ca_file),
  });
}

async function readAuthority(file: string): Promise<string> {
  try {
    return await readPlainText(file, { maxBytes: MAX_KEY_FILE });
  } catch (cause) {
    throw new TwinstileError({
      code: 'key-unusable',
      message: `The certificate ${file} cannot be read.`,
      hint: 'Put the certificate of the authority there, or correct registrar.ca_file.',
      cause,
    });
  }
}

const atABox = async (): Promise<never> => {
  throw new TwinstileError({
    code: 'internal',
    message: 'The registrar has no gate whose events could be written down.',
  });
};

/** The chain of acts; without a broker to notify or a decision to finish. */
export const registrarJournal = (tables: Tables): Journal & Outbox => ({
  ...openRows(tables),
  unfinished: async () => [],
  pending: async () => [],
  delivered: async () => {},
  dropped: async () => 0,
  unreportedDrops: async () => 0,
  markReported: async () => {},
});

/** The registrar has no gates and so no passages. */
export const registrarAccess: AccessStore = {
  records: async () => new Map(),
  save: atABox,
  modes: async () => new Map(),
  saveMode: atABox,
};
