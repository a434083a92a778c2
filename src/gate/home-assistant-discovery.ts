/**
 * Builds the one retained message that announces a lane to Home Assistant: device-based MQTT discovery.
 *
 * Source: https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload and homeassistant/components/mqtt/schemas.py:
 * `device` (with an identifier), `origin` (with a name) and `components` are required; each component needs its `platform`, and
 * each that becomes an entity a `unique_id`. A component that holds its `platform` alone removes the entity that it was; an empty
 * payload removes the device.
 */
import { createHash } from 'node:crypto';
import { compact } from '../base/compact.js';
import type { LaneId, SiteId } from '../base/ids.js';
import type { LaneTopics } from './protocol/topics.js';

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

/** A tag scanner is no entity, and what is removed is none any more: neither takes an id. */
const identified = (component: Component, id: string): Component =>
  component.platform === 'tag' || Object.keys(component).length === 1
    ? component
    : { ...component, unique_id: id };

// The components that Home Assistant shows of one lane. Templates are Jinja over our own messages: `state`, `health`, `decision` and
// `badge`.
//
// There is no lock. Home Assistant's MQTT lock always offers LOCK and UNLOCK in addition to OPEN, cannot do without them ("It's mandatory
// for locks to support lock and unlock"), and without a state topic takes itself for unlocked after each command and after a
// restart. A gate has no lock and no close command, so opening it is a button, and only where the site configures one.
//
// There is no picture either. One that is published goes to every reader of its topic and into the history of Home Assistant; a picture is
// for the operator who asked for it, by `command snapshot`.

/** Keys as Home Assistant's documentation of each MQTT integration names them; never abbreviated. */
interface Component {
  readonly platform: 'event' | 'binary_sensor' | 'sensor' | 'button' | 'tag' | 'update';
  readonly [key: string]: string | number | boolean | readonly string[];
}

interface Wanted {
  /** A button that sends `command/open/USER`. Whether the lane obeys is for its rules of commands. */
  readonly openButton: boolean;
  /** Home Assistant's login at the broker, in whose name the button publishes. */
  readonly openAs: string;
}

/** @returns by name; names are part of each entity's identity and are never changed. */
export function componentsOf(topics: LaneTopics, wanted: Wanted): Readonly<Record<string, Component>> {
  const all: Readonly<Record<string, Component | undefined>> = {
    decision: decisionEvent(topics),
    ...faults(topics),
    ...sensors(topics),
    ...measurements(topics),
    badge: { platform: 'tag', topic: topics.badge, value_template: '{{ value_json.badge }}' },
    model_pack: packSensor(topics),
    // It was an update entity, which is unknown until it has a newest version; a lane has only the one that runs.
    pack: { platform: 'update' },
    open: wanted.openButton ? openButton(topics, wanted.openAs) : undefined,
  };
  return compact(all) as Readonly<Record<string, Component>>;
}

/** An event and not a sensor: the same person twice is two events. Its id lets automations drop what was delivered twice. */
const decisionEvent = ({ decision }: LaneTopics): Component => ({
  platform: 'event',
  name: 'Decision',
  icon: 'mdi:gate',
  state_topic: decision,
  event_types: ['granted', 'refused'],
  qos: 1,
  value_template:
    "{{ {'event_type': value_json.verdict, 'id': value_json.id, 'reason': value_json.reason, 'mode': value_json.mode," +
    " 'explanation': value_json.explanation, 'person': value_json.person | default(none), 'name': value_json.name | default(none)}" +
    ' | to_json }}',
});

const faults = ({ state }: LaneTopics): Readonly<Record<string, Component>> => ({
  lane_fault: {
    platform: 'binary_sensor',
    name: 'Lane fault',
    device_class: 'problem',
    state_topic: state,
    value_template: "{{ 'ON' if value_json.degraded | count > 0 else 'OFF' }}",
    json_attributes_topic: state,
    json_attributes_template: "{{ {'degraded': value_json.degraded} | to_json }}",
  },
  camera_fault: {
    platform: 'binary_sensor',
    name: 'Camera fault',
    device_class: 'problem',
    state_topic: state,
    value_template: "{{ 'OFF' if value_json.camera == 'live' else 'ON' }}",
    json_attributes_topic: state,
    json_attributes_template: "{{ {'camera': value_json.camera} | to_json }}",
  },
  gate_connection: {
    platform: 'binary_sensor',
    name: 'Gate connection',
    device_class: 'connectivity',
    state_topic: state,
    value_template: "{{ 'ON' if value_json.gate == 'ready' else 'OFF' }}",
  },
});

const sensors = ({ state }: LaneTopics): Readonly<Record<string, Component>> => ({
  mode: {
    platform: 'sensor',
    name: 'Mode',
    state_topic: state,
    value_template: '{{ value_json.mode }}',
  },
  people: {
    platform: 'sensor',
    name: 'Enrolled people',
    state_class: 'measurement',
    state_topic: state,
    value_template: '{{ value_json.gallery.people }}',
  },
  gallery_version: {
    platform: 'sensor',
    name: 'Gallery version',
    entity_category: 'diagnostic',
    state_topic: state,
    value_template: '{{ value_json.gallery.version }}',
  },
});

/** Health comes once a minute; after three that were missed nothing is claimed any more. */
const EXPIRE_S = 180;

const measurements = ({ health }: LaneTopics): Readonly<Record<string, Component>> => {
  const measured = (name: string, value: string, more: Readonly<Record<string, string>> = {}): Component => ({
    platform: 'sensor',
    name,
    state_class: 'measurement',
    entity_category: 'diagnostic',
    state_topic: health,
    expire_after: EXPIRE_S,
    // What was not measured is unknown, not zero.
    value_template: `{{ ${value} | default('None') }}`,
    ...more,
  });
  const inMs = { device_class: 'duration', unit_of_measurement: 'ms' };
  return {
    frame_rate: measured('Frame rate', 'value_json.frames_per_second', { unit_of_measurement: 'fps' }),
    frame_age: measured('Frame age (p95)', '(value_json.frame_age_ms | default({})).p95', inMs),
    gate_latency: measured('Gate latency (p95)', '(value_json.gate_ms | default({})).p95', inMs),
    dropped_frames: measured('Dropped frames', 'value_json.dropped'),
    temperature: measured('Temperature', 'value_json.temperature_c', {
      device_class: 'temperature',
      unit_of_measurement: '°C',
    }),
    disk_free: measured('Free disk', 'value_json.disk_free_bytes', {
      device_class: 'data_size',
      unit_of_measurement: 'B',
    }),
  };
};

/** Shows which pack runs, by its name and the beginning of its digest. The whole digest, head and promise are attributes. */
const packSensor = ({ state }: LaneTopics): Component => ({
  platform: 'sensor',
  name: 'Model pack',
  entity_category: 'diagnostic',
  state_topic: state,
  value_template: "{{ value_json.pack.name ~ ' ' ~ value_json.pack.model[:12] }}",
  json_attributes_topic: state,
  json_attributes_template: '{{ value_json.pack | to_json }}',
});

/** Never retained, and a transaction of its own for each press: what is delivered twice is done once. */
const openButton = ({ operator }: LaneTopics, user: string): Component => ({
  platform: 'button',
  name: 'Open',
  icon: 'mdi:gate-open',
  command_topic: operator.command('open', user),
  command_template:
    '{"v":1,"transaction":"ha-{{ (now().timestamp() * 1000) | int }}","at":"{{ utcnow().isoformat() }}"}',
  qos: 1,
  retain: false,
});
