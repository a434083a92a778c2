/** Where the registrar's database is, how the way there is protected, and how the login is. */
import type { ConnectionOptions } from 'node:tls';
import type { Client, ClientConfig } from 'pg';
import { compact } from '../../../base/compact.js';
import { TwinstileError } from '../../../base/errors.js';
import { unusableStorage } from '../../sql-port.js';

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

type ClientClass = new (config?: string | ClientConfig) => Client;

const PLUS = 'SCRAM-SHA-256-PLUS';
/** What the driver calls when the server asks; without them its password would leave unseen. */
const CLEARTEXT = '_handleAuthCleartextPassword';
const MD5 = '_handleAuthMD5Password';
const SASL = '_handleAuthSASL';

interface SaslRequest {
  readonly mechanisms: readonly string[];
}

/**
 * Restricts the login to SCRAM, which never sends the password and is bound to the TLS connection where there is one (RFC
 * 5802, tls-server-end-point), so that no proxy can relay it. A server may ask for the password in clear or as MD5; that is
 * answered only where the configuration allows it.
 * @throws TwinstileError 'internal' for a driver whose login cannot be guarded.
 */
export function guardedClient(base: ClientClass, address: PostgresAddress): ClientClass {
  if (address.login === 'any') return base;
  const isBound = address.encryption !== 'disable';
  for (const name of [CLEARTEXT, MD5, SASL])
    if (typeof Reflect.get(base.prototype, name) !== 'function')
      throw new TwinstileError({
        code: 'internal',
        message: `Expected a driver of PostgreSQL that has ${name}, got one whose login cannot be guarded.`,
      });
  const refuse = (client: object, got: string): void => {
    const { connection } = client as {
      readonly connection: NodeJS.EventEmitter & { readonly stream: { destroy(): void } };
    };
    connection.emit('error', weakLogin(address, isBound, got));
    connection.stream.destroy();
  };
  class Guarded extends base {
    [CLEARTEXT](): void {
      refuse(this, 'one that asks for the password in clear');
    }
    [MD5](): void {
      refuse(this, 'one that asks for it as MD5');
    }
    [SASL](request: SaslRequest): void {
      if (isBound && !request.mechanisms.includes(PLUS))
        refuse(this, 'one that does not offer channel binding');
      else Reflect.get(base.prototype, SASL).call(this, request);
    }
  }
  return Guarded;
}

const weakLogin = (address: PostgresAddress, isBound: boolean, got: string): TwinstileError =>
  unusableStorage(
    `a server at ${addressWithoutLogin(address)} that takes the login by SCRAM${isBound ? ' with channel binding' : ''}`,
    got,
    'Find out who listens there. For a server that cannot: set password_encryption and pg_hba.conf to scram-sha-256, or say registrar.login: any.',
  );
