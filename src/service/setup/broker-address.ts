/** Reads the broker's address and its secrets from the configuration. */

import { TwinstileError } from '../../base/errors.js';
import type { BrokerAddress } from '../../platform/mqtt/mqtt-connection.js';
import { MAX_KEY_FILE, readPlainText } from '../../platform/plain-file.js';
import type { Config } from '../config/config-schema.js';
import { placeOf, readSecret } from '../config/sections/secret-place.js';

/** @throws TwinstileError 'key-unusable' when a file named in the configuration cannot be read. */
export async function brokerAddress(
  { mqtt }: Pick<Config, 'mqtt'>,
  credentials: string | undefined,
): Promise<Omit<BrokerAddress, 'clientId' | 'availability'>> {
  const password = placeOf(mqtt.password_file, mqtt.password_credential);
  return {
    url: mqtt.url,
    username: mqtt.username,
    // Editors end a file with a line break, which is not part of the password.
    password:
      password === undefined
        ? undefined
        : (await readSecret(password, credentials)).toString('utf8').replace(/\r?\n$/, ''),
    ca: mqtt.ca_file === undefined ? undefined : await pem(mqtt.ca_file),
    cert: mqtt.cert_file === undefined ? undefined : await pem(mqtt.cert_file),
    key: mqtt.key_file === undefined ? undefined : await pem(mqtt.key_file),
  };
}

async function pem(file: string): Promise<string> {
  try {
    return await readPlainText(file, { maxBytes: MAX_KEY_FILE });
  } catch (cause) {
    throw new TwinstileError({
      code: 'key-unusable',
      message: `Expected a PEM file at ${file}, got nothing readable.`,
      hint: 'Create the file, or let the service’s user read it.',
      cause,
    });
  }
}
