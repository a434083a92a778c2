/** Derives the broker's access list from the configuration. */
import { laneId, siteId } from '../../base/ids.js';
import { millis } from '../../base/units.js';
import { accessList } from '../../gate/access-list.js';
import { pulseMessage } from '../../gate/protocol/relay/pulse-message.js';
import { relayState } from '../../gate/protocol/relay/relay-state.js';
import type { Role } from '../../gate/protocol/topic-table.js';
import { laneTopics } from '../../gate/protocol/topics.js';
import type { Config } from '../config/config-schema.js';
import { relayProfileOf } from '../config/sections/relay-section.js';
import { deviceName } from './device-name.js';

export function accessListOf(config: Config): readonly string[] {
  const { site, gallery, home_assistant: ha, mqtt } = config;
  return accessList({
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
    login: (role, lane) => loginOf(role, lane, mqtt.username, ha.user),
  });
}

/** Names from the configuration; the administrator fills in the others. */
function loginOf(role: Role, lane: string, box: string | undefined, homeAssistant: string): string {
  if (role === 'box') return box ?? 'box';
  if (role === 'home-assistant') return homeAssistant;
  return role === 'gate' || role === 'reader' ? `${role}-${lane}` : role;
}
