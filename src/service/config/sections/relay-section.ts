/** Describes relay boards, which cannot check a signature: any publisher to their topic can open. See docs/RELAYS.md. */
import { z } from 'zod';
import { isTopic, type RelayProfile } from '../../../gate/protocol/relay-message.js';

const name = (what: string) =>
  z
    .string()
    .refine(isTopic, 'Expected a topic or part of one, without + # or NUL and not starting with $.')
    .describe(what);
const segment = (what: string) =>
  z
    .string()
    .regex(/^[^+#/\0$]{1,64}$/, 'Expected one segment of a topic, without + # / or $.')
    .describe(what);

const kindOf = <Kind extends RelayProfile['kind']>(kind: Kind) =>
  z
    .literal(kind)
    .describe(
      'tasmota, shelly, esphome, zigbee2mqtt or topic: any other device that ends its pulse by itself.',
    );

export const relaySchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: kindOf('tasmota'),
      topic: name('Topic of the device, as its console shows it.'),
      relay: z.int().min(1).max(8).default(1).describe('Number of the relay, 1 to 8.'),
    }),
    z.strictObject({
      kind: kindOf('shelly'),
      prefix: name('MQTT prefix of the device.'),
      switch: z.int().min(0).max(15).default(0).describe('Number of the switch, from 0.'),
    }),
    z.strictObject({
      kind: kindOf('esphome'),
      prefix: name('topic_prefix of the device.'),
      component: z
        .literal('button', 'Expected button: an ESPHome switch would stay on if the off got lost')
        .default('button')
        .describe('A button whose own YAML switches on, waits and switches off; a switch is refused.'),
      object_id: segment('Object id of the button.'),
      switch_id: segment('Object id of the switch behind the button, to find out if it stays on.').optional(),
    }),
    z.strictObject({
      kind: kindOf('zigbee2mqtt'),
      base_topic: name('base_topic of Zigbee2MQTT.').default('zigbee2mqtt'),
      device: name(
        'Friendly name of the device; with its endpoint where there are several, such as gate/l1.',
      ),
      ends_by_itself: z
        .literal(
          true,
          'Expected true: a device that does not know "on with timed off" stays on, and only trying it can tell',
        )
        .describe(
          'You have tried that this device ends a pulse by itself, with Zigbee2MQTT stopped in the middle of it.',
        ),
    }),
    z.strictObject({
      kind: kindOf('topic'),
      topic: name('Topic to publish to.'),
      payload: z.string().min(1).max(1024).describe('What to publish.'),
      ends_by_itself: z
        .literal(true, 'Expected true: a device that stays on until it is told otherwise cannot be used')
        .describe(
          'You have made sure that the device ends the pulse by itself, even when broker and box are away.',
        ),
    }),
  ])
  .describe('A relay that opens without checking a signature.');

export type RelayConfig = z.infer<typeof relaySchema>;

export function relayProfileOf(relay: RelayConfig): RelayProfile {
  switch (relay.kind) {
    case 'tasmota':
      return { kind: 'tasmota', topic: relay.topic, relay: relay.relay };
    case 'shelly':
      return { kind: 'shelly', prefix: relay.prefix, switch: relay.switch };
    case 'esphome':
      return {
        kind: 'esphome',
        prefix: relay.prefix,
        button: relay.object_id,
        relay: relay.switch_id,
      };
    case 'zigbee2mqtt':
      return { kind: 'zigbee2mqtt', base: relay.base_topic, device: relay.device };
    case 'topic':
      return { kind: 'topic', topic: relay.topic, payload: relay.payload };
  }
}
