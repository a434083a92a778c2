/**
 * Builds the one retained message that announces a lane to Home Assistant: device-based MQTT discovery.
 *
 * Source: https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload and homeassistant/components/mqtt/schemas.py:
 * `device` (with an identifier), `origin` (with a name) and `components` are required; each component needs its `platform`, and
 * each that becomes an entity a `unique_id`. An empty payload removes the device.
 */
import { createHash } from 'node:crypto';
import type { LaneId, SiteId } from '../../base/ids.js';
import type { LaneTopics } from '../protocol/topics.js';
import { type Component, componentsOf, type Wanted } from './components.js';

export interface Discovery {
  readonly topic: string;
  /** JSON. */
  readonly payload: string;
}

export interface DiscoveryDependencies extends Wanted {
  readonly site: SiteId;
  readonly lane: LaneId;
  readonly topics: LaneTopics;
  /** Of this program, such as "0.1.0". */
  readonly version: string;
  /** Home Assistant's discovery prefix, usually "homeassistant". */
  readonly prefix: string;
}

export function discoveryOf({
  site,
  lane,
  topics,
  version,
  prefix,
  ...wanted
}: DiscoveryDependencies): Discovery {
  const id = deviceIdOf(site, lane);
  const message = {
    device: {
      identifiers: [id],
      name: `twinstile ${site} ${lane}`,
      manufacturer: 'twinstile',
      model: 'Face turnstile lane',
      sw_version: version,
    },
    origin: { name: 'twinstile', sw_version: version },
    availability_topic: topics.availability,
    components: Object.fromEntries(
      Object.entries(componentsOf(topics, wanted)).map(([name, component]) => [
        name,
        identified(component, `${id}_${name}`),
      ]),
    ),
  };
  return { topic: discoveryTopic(prefix, site, lane), payload: JSON.stringify(message) };
}

/** @returns the topic that an empty retained payload clears. */
export const discoveryTopic = (prefix: string, site: SiteId, lane: LaneId): string =>
  `${prefix}/device/${deviceIdOf(site, lane)}/config`;

/**
 * Home Assistant allows letters, digits, underscore and hyphen there, our names also dots: the digest at the end keeps "a.b" and
 * "a_b" apart.
 */
function deviceIdOf(site: SiteId, lane: LaneId): string {
  const digest = createHash('sha256').update(`${site}/${lane}`).digest('hex').slice(0, 8);
  return `twinstile_${site}_${lane}_${digest}`.replaceAll(/[^A-Za-z0-9_-]/g, '_');
}

/** A tag scanner is no entity and takes no id. */
const identified = (component: Component, id: string): Component =>
  component.platform === 'tag' ? component : { ...component, unique_id: id };
