/**
 * Declares the boards that can be a relay, and builds the one message that makes each of them pulse.
 *
 * Sources: Tasmota "Commands" (PulseTime: 1..111 in steps of 0.1 s; Backlog0: without pauses in between), Shelly "Switch.Set"
 * (`toggle_after`: flip-back timer in seconds) and "RPC over MQTT" (PREFIX/rpc), ESPHome "MQTT button" (`PRESS`), Zigbee2MQTT
 * "On with timed off" (`on_time` in seconds, sent to the device in tenths).
 */
import { TwinstileError } from '../../base/errors.js';
import type { Millis } from '../../base/units.js';

/**
 * Boards that cannot check a signature. Each of these ends its pulse by itself, whatever becomes of us or of the broker; a
 * device that can only be switched on is not in this list, because a lost "off" would leave a door open.
 */
export type RelayProfile =
  /** Tasmota: the pulse length is set and the relay switched in one message. */
  | {
      readonly kind: 'tasmota';
      /** The device's `Topic`. */
      readonly topic: string;
      /** 1..8: Tasmota keeps eight pulse times. */
      readonly relay: number;
    }
  /** Shelly of the second generation and later. */
  | {
      readonly kind: 'shelly';
      /** The device's MQTT prefix, usually its id. */
      readonly prefix: string;
      /** Number of the switch, from 0. */
      readonly switch: number;
    }
  /** ESPHome: a button, whose pulse is set in the device's own YAML. A switch is refused: it would stay on. */
  | {
      readonly kind: 'esphome';
      /** The device's `topic_prefix`. */
      readonly prefix: string;
      /** Object id of the button. */
      readonly button: string;
      /** Object id of the switch behind it, whose state is watched. */
      readonly relay?: string;
    }
  /** Zigbee2MQTT: "on with timed off". A device whose firmware does not know that stays on: only its owner can have tried it. */
  | {
      readonly kind: 'zigbee2mqtt';
      readonly base: string;
      /** Friendly name, with the endpoint behind it where there are several: "gate/l1". */
      readonly device: string;
    }
  /** Anything else that ends its pulse by itself, which only its owner can know. */
  | { readonly kind: 'topic'; readonly topic: string; readonly payload: string };

export interface RelayMessage {
  readonly topic: string;
  readonly payload: string;
  readonly qos: 0;
  readonly retain: false;
}

/** Where a device that answers is to answer, and to what. */
interface ReplyPlace {
  readonly id: number;
  readonly replyTo: string;
}

/**
 * @param pulse whole ms, 100..10000; rounded to tenths of a second where the device is no finer. ESPHome and plain topics have a
 * pulse of their own.
 * @throws TwinstileError 'bad-arguments' when the pulse is none or the topic cannot be published to.
 */
export function pulseMessage(
  profile: RelayProfile,
  pulse: Millis,
  reply: ReplyPlace = { id: 1, replyTo: 'twinstile' },
): RelayMessage {
  if (!(Number.isInteger(pulse) && pulse >= 100 && pulse <= 10_000))
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected a pulse of 100 to 10000 whole ms, got ${pulse}.`,
      hint: 'Correct pulse_ms of the lane.',
    });
  const { topic, payload } = commandFor(profile, Math.round(pulse / 100), reply);
  if (!isTopic(topic))
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected a topic without + # or NUL, got ${JSON.stringify(topic)}.`,
      hint: 'Correct the names of the relay.',
    });
  return { topic, payload, qos: 0, retain: false };
}

function commandFor(
  profile: RelayProfile,
  tenths: number,
  { id, replyTo }: ReplyPlace,
): { readonly topic: string; readonly payload: string } {
  switch (profile.kind) {
    case 'tasmota': {
      const { topic, relay } = profile;
      // The time goes first: if the message were cut short, nothing would be switched on.
      return { topic: `cmnd/${topic}/Backlog0`, payload: `PulseTime${relay} ${tenths}; Power${relay} ON` };
    }
    case 'shelly': {
      const params = { id: profile.switch, on: true, toggle_after: tenths / 10 };
      return {
        topic: `${profile.prefix}/rpc`,
        payload: JSON.stringify({ id, src: replyTo, method: 'Switch.Set', params }),
      };
    }
    case 'esphome':
      return { topic: `${profile.prefix}/button/${profile.button}/command`, payload: 'PRESS' };
    case 'zigbee2mqtt':
      return {
        topic: `${profile.base}/${profile.device}/set`,
        payload: JSON.stringify({ state: 'ON', on_time: tenths / 10 }),
      };
    case 'topic':
      return { topic: profile.topic, payload: profile.payload };
  }
}

/** What may be published to: MQTT 5, 4.7. */
export const isTopic = (topic: string): boolean =>
  topic.length > 0 && Buffer.byteLength(topic) <= 65_535 && !/[+#\0]/.test(topic) && !topic.startsWith('$');
