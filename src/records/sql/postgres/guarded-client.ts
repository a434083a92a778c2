/**
 * Restricts the login to SCRAM, which never sends the password and is bound to the TLS connection where there is one (RFC
 * 5802, tls-server-end-point), so that no proxy can relay it. A server may ask for the password in clear or as MD5; that is
 * answered only where the configuration allows it.
 */
import type { Client, ClientConfig } from 'pg';
import { TwinstileError } from '../../../base/errors.js';
import { unusableStorage } from '../unusable-storage.js';
import { addressWithoutLogin, type PostgresAddress } from './address.js';

type ClientClass = new (config?: string | ClientConfig) => Client;

const PLUS = 'SCRAM-SHA-256-PLUS';
/** What the driver calls when the server asks; without them its password would leave unseen. */
const CLEARTEXT = '_handleAuthCleartextPassword';
const MD5 = '_handleAuthMD5Password';
const SASL = '_handleAuthSASL';

interface Asked {
  readonly mechanisms: readonly string[];
}

/** @throws TwinstileError 'internal' for a driver whose login cannot be guarded. */
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
    [SASL](asked: Asked): void {
      if (isBound && !asked.mechanisms.includes(PLUS))
        refuse(this, 'one that does not offer channel binding');
      else Reflect.get(base.prototype, SASL).call(this, asked);
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
