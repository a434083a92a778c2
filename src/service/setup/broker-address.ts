/** Reads the broker's address and secrets from the configuration, and derives its access list. */
import { TwinstileError } from '../../base/errors.js';
import { laneId, siteId } from '../../base/ids.js';
import { millis } from '../../base/units.js';
import {
  type AccessListDependencies,
  accessList,
  type RoleTopics,
  topicsOf,
} from '../../gate/access-list.js';
import { pulseMessage, relayState } from '../../gate/protocol/relay-message.js';
import { laneTopics, type Role } from '../../gate/protocol/topics.js';
import type { BrokerAddress } from '../../platform/mqtt/mqtt-connection.js';
import { MAX_KEY_FILE, readPlainText } from '../../platform/plain-file.js';
import type { Config } from '../config/config-schema.js';
import { deviceName } from '../config/sections/fleet-section.js';
import { relayProfileOf } from '../config/sections/relay-section.js';
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
      message: `The PEM file ${file} cannot be read.`,
      hint: 'Create the file, or let the service’s user read it.',
      cause,
    });
  }
}

/** Derives the access list of the broker. */
export const accessListOf = (config: Config): readonly string[] => accessList(topicsIn(config));

/** What a role of this configuration writes to and reads. */
export const roleTopicsOf = (role: Role, config: Config): RoleTopics => topicsOf(role, topicsIn(config));

function topicsIn(config: Config): AccessListDependencies {
  const { site, gallery, home_assistant: ha } = config;
  return {
    site: siteId(site),
    fleet: gallery.fleet === undefined ? undefined : siteId(gallery.fleet.site ?? site),
    device: deviceName(config),
    lanes: config.lanes.map(({ id, relay, pulse_ms }) => {
      if (relay === undefined) return { lane: laneId(id) };
      const profile = relayProfileOf(relay);
      const state = relayState(profile, `${laneTopics(siteId(site), laneId(id)).base}/relay`);
      const writes = [pulseMessage(profile, millis(pulse_ms)), state?.ask(1), state?.off(1)];
      return {
        lane: laneId(id),
        relay: [...new Set(writes.flatMap((message) => message?.topic ?? []))],
        relayState: state?.topics,
      };
    }),
    homeAssistant: ha.enabled ? { prefix: ha.prefix, statusTopic: ha.status_topic } : undefined,
    login: (role, lane) => loginsOf(role, lane, config),
  };
}

/**
 * Names from the configuration; the administrator fills in the others. A user of the broker who may order has a line of their own
 * (`command/OP/USER`), so that Home Assistant's login is that one role.
 */
function loginsOf(
  role: Role,
  lane: string,
  { mqtt, home_assistant: ha, commands }: Pick<Config, 'mqtt' | 'home_assistant' | 'commands'>,
): string | readonly string[] {
  switch (role) {
    case 'box':
      return mqtt.username ?? 'box';
    case 'home-assistant':
      return ha.user;
    case 'gate':
    case 'reader':
      return `${role}-${lane}`;
    case 'operator':
      return orElse(
        commands.operators.map(({ id }) => id),
        role,
      );
    case 'panel':
      return orElse(
        commands.broker_users.map(({ id }) => id).filter((id) => !ha.enabled || id !== ha.user),
        role,
      );
    default:
      return role;
  }
}

const orElse = (names: readonly string[], usual: string): readonly string[] =>
  names.length === 0 ? [usual] : names;
