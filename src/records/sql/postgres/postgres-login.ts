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
const SASL_FINAL = '_handleAuthSASLFinal';
const READY = '_handleReadyForQuery';

interface SaslRequest {
  readonly mechanisms: readonly string[];
}

/**
 * Restricts the login to SCRAM, which never sends the password and is bound to the TLS connection where there is one (RFC
 * 5802, tls-server-end-point), so that no proxy can relay it. A server may ask for the password in clear or as MD5; that is
 * answered only where the configuration allows it. SCRAM proves the server as well: one that takes the login before it has
 * shown that it knows the password, or that skips it, is not the one that the password is for, and gets no record.
 * @throws TwinstileError 'internal' for a driver whose login cannot be guarded.
 */
export function guardedClient(base: ClientClass, address: PostgresAddress): ClientClass {
  if (address.login === 'any') return base;
  const isBound = address.encryption !== 'disable';
  expectHandlers(base);
  const refuse = (client: object, got: string): void => {
    const { connection } = client as {
      readonly connection: NodeJS.EventEmitter & { readonly stream: { destroy(): void } };
    };
    connection.emit('error', weakLogin(address, isBound, got));
    connection.stream.destroy();
  };
  class Guarded extends base {
    /** Whether the server has to prove that it has the password, and has not yet. */
    #isUnproved = typeof Reflect.get(this, 'password') === 'string';

    [CLEARTEXT](): void {
      refuse(this, 'one that asks for the password in clear');
    }
    [MD5](): void {
      refuse(this, 'one that asks for it as MD5');
    }
    [SASL](request: SaslRequest): void {
      this.#isUnproved = true;
      if (isBound && !request.mechanisms.includes(PLUS))
        refuse(this, 'one that does not offer channel binding');
      else Reflect.get(base.prototype, SASL).call(this, request);
    }
    [SASL_FINAL](message: unknown): void {
      Reflect.get(base.prototype, SASL_FINAL).call(this, message);
      // The driver forgets the session once the server's signature is good.
      if (Reflect.get(this, 'saslSession') === null) this.#isUnproved = false;
    }
    [READY](message: unknown): void {
      if (this.#isUnproved) refuse(this, 'one that lets us in without it');
      else Reflect.get(base.prototype, READY).call(this, message);
    }
  }
  return Guarded;
}

function expectHandlers({ prototype }: ClientClass): void {
  for (const name of [CLEARTEXT, MD5, SASL, SASL_FINAL, READY])
    if (typeof Reflect.get(prototype, name) !== 'function')
      throw new TwinstileError({
        code: 'internal',
        message: `Expected a driver of PostgreSQL that has ${name}, got one whose login cannot be guarded.`,
      });
}

const weakLogin = (address: PostgresAddress, isBound: boolean, got: string): TwinstileError =>
  unusableStorage(
    `a server at ${addressWithoutLogin(address)} that takes the login by SCRAM${isBound ? ' with channel binding' : ''}`,
    got,
    'Find out who listens there. For a server that cannot: set password_encryption and pg_hba.conf to scram-sha-256, or say registrar.login: any.',
  );
