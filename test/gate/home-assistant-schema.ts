/**
 * Home Assistant's discovery message as its documentation describes it, strictly: what is not described is an error here, although
 * Home Assistant itself would ignore it.
 *
 * - https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload, #discovery-topic
 * - https://www.home-assistant.io/integrations/event.mqtt/, binary_sensor.mqtt, sensor.mqtt, button.mqtt, tag.mqtt
 * - https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload: "a component is removed by its platform alone"
 * - homeassistant/components/mqtt/schemas.py (DEVICE_DISCOVERY_SCHEMA, MQTT_ORIGIN_INFO_SCHEMA), event.py, button.py
 */
import { z } from 'zod';

const text = z.string().min(1);
const template = text.regex(/\{\{.*\}\}/s);
const subscribed = text.regex(/^[^\0]*$/);
const published = text.regex(/^[^+#\0]*$/);
const qos = z.union([z.literal(0), z.literal(1), z.literal(2)]);

/** Shared by everything that becomes an entity (MQTT_ENTITY_COMMON_SCHEMA); `unique_id` is required in a device message. */
const entity = {
  unique_id: text,
  name: text.optional(),
  icon: text.regex(/^mdi:/).optional(),
  entity_category: z.enum(['config', 'diagnostic']).optional(),
  json_attributes_topic: subscribed.optional(),
  json_attributes_template: template.optional(),
  qos: qos.optional(),
};
const read = { state_topic: subscribed, value_template: template.optional() };

const component = z.discriminatedUnion('platform', [
  z.strictObject({
    platform: z.literal('event'),
    ...entity,
    ...read,
    event_types: z.array(text).min(1),
    device_class: z.enum(['button', 'doorbell', 'motion']).optional(),
  }),
  z.strictObject({
    platform: z.literal('binary_sensor'),
    ...entity,
    ...read,
    device_class: z.enum(['problem', 'connectivity']).optional(),
    expire_after: z.int().min(0).optional(),
  }),
  z.strictObject({
    platform: z.literal('sensor'),
    ...entity,
    ...read,
    device_class: z.enum(['duration', 'temperature', 'data_size']).optional(),
    state_class: z.enum(['measurement', 'total', 'total_increasing']).optional(),
    unit_of_measurement: text.optional(),
    expire_after: z.int().min(0).optional(),
  }),
  z.strictObject({
    platform: z.literal('button'),
    ...entity,
    command_topic: published,
    command_template: template.optional(),
    retain: z.boolean().optional(),
  }),
  z.strictObject({ platform: z.literal('tag'), topic: subscribed, value_template: template.optional() }),
  /** Removes what was there before. */
  z.strictObject({ platform: z.literal('update') }),
]);

export const deviceDiscovery = z.strictObject({
  device: z.strictObject({
    identifiers: z.array(text).min(1),
    name: text.optional(),
    manufacturer: text.optional(),
    model: text.optional(),
    sw_version: text.optional(),
  }),
  origin: z.strictObject({ name: text, sw_version: text.optional(), support_url: z.url().optional() }),
  availability_topic: subscribed.optional(),
  components: z.record(text, component),
});

export const discoveryTopicPattern = /^homeassistant\/device\/[a-zA-Z0-9_-]+\/config$/;
