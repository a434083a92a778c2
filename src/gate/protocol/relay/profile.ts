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
