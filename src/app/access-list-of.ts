/** The access list that the broker of a configuration needs. */
import { laneId, siteId } from '../base/ids.js';
import { millis } from '../base/units.js';
import { relayProfileOf } from '../config/relay.js';
import type { Config } from '../config/schema.js';
import { accessList } from '../gate/access-list.js';
import { pulseMessage } from '../gate/relay/pulse-message.js';
import type { Role } from '../gate/topic-table.js';
import { deviceName } from './fleet/device-name.js';

export function accessListOf(config: Config): readonly string[] {
  const { site, gallery, home_assistant: ha, mqtt } = config;
  return accessList({
    site: siteId(site),
    fleet: gallery.fleet === undefined ? undefined : siteId(gallery.fleet.site ?? site),
    device: deviceName(config),
    lanes: config.lanes.map(({ id, relay, pulse_ms }) => ({
      lane: laneId(id),
      relay: relay === undefined ? undefined : [pulseMessage(relayProfileOf(relay), millis(pulse_ms)).topic],
    })),
    homeAssistant: ha.enabled ? { prefix: ha.prefix, statusTopic: ha.status_topic } : undefined,
    login: (role, lane) => loginOf(role, lane, mqtt.username, ha.user),
  });
}

/** Names that the configuration knows; the others are the administrator's to change. */
function loginOf(role: Role, lane: string, box: string | undefined, homeAssistant: string): string {
  if (role === 'box') return box ?? 'box';
  if (role === 'home-assistant') return homeAssistant;
  return role === 'gate' || role === 'reader' ? `${role}-${lane}` : role;
}
