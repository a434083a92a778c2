/** Where the database of people is, and how the way there is protected. */

import type { ConnectionOptions } from 'node:tls';
import { compact } from '../../../base/compact.js';

/** As in libpq: `require` encrypts and trusts any server, `verify-ca` any name, `verify-full` neither. */
type Encryption = 'disable' | 'require' | 'verify-ca' | 'verify-full';

export interface PostgresAddress {
  /** A name, an address, or the folder of a socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** Absent: PGPASSFILE, ~/.pgpass, or none. */
  readonly password?: string;
  readonly encryption: Encryption;
  /** 'any': the password goes out in whatever way the server asks for it; by SCRAM alone if absent. */
  readonly login?: 'scram' | 'any';
  /** Certificates (PEM) of the authority; the system's own list if absent. */
  readonly authority?: string;
}

/** For people to read: never with a login. */
export const addressWithoutLogin = ({ host, port, database }: PostgresAddress): string =>
  `${host}:${port}/${database}`;

export function tlsOf({ encryption, authority }: PostgresAddress): false | ConnectionOptions {
  if (encryption === 'disable') return false;
  // node:tls takes a check that is there as undefined for one that is set.
  return compact({
    rejectUnauthorized: encryption !== 'require',
    ca: authority,
    // Only the strictest mode checks the name in the certificate.
    checkServerIdentity: encryption === 'verify-full' ? undefined : () => undefined,
  });
}
