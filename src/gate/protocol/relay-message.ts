/**
 * Declares the boards that can be a relay, and builds the one message that makes each of them pulse.
 *
 * Sources: Tasmota "Commands" (PulseTime: 1..111 in steps of 0.1 s; Backlog0: without pauses in between), Shelly "Switch.Set"
 * (`toggle_after`: flip-back timer in seconds) and "RPC over MQTT" (PREFIX/rpc), ESPHome "MQTT button" (`PRESS`), Zigbee2MQTT
 * "On with timed off" (`on_time` in seconds, sent to the device in tenths).
 */

import { z } from 'zod';
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

export type RelayReport =
  | { readonly kind: 'state'; readonly isOn: boolean }
  /** To a request of ours. */
  | { readonly kind: 'answer'; readonly id: number; readonly error?: string; readonly isOn?: boolean };

export interface RelayState {
  /** Topics on which the device reports. */
  readonly topics: readonly string[];
  /** Whether the device answers each request: then its silence means that it is not there. */
  readonly answers: boolean;
  read(topic: string, payload: Uint8Array): RelayReport | undefined;
  /** Asks for the state now. */
  ask(id: number): RelayMessage | undefined;
  /** Ends a pulse that did not end by itself. */
  off(id: number): RelayMessage;
}

const MAX_REPORT = 65_536;
const send = (topic: string, payload: string): RelayMessage => ({ topic, payload, qos: 0, retain: false });

/**
 * Reads a relay's own state reports, so that one that stays on after its pulse is detected. Pure.
 *
 * Sources: Tasmota "MQTT" (stat/TOPIC/POWERn; an empty command asks), Shelly "RPC over MQTT" (the answer goes to SRC/rpc) and
 * "Switch.GetStatus", ESPHome "MQTT switch", Zigbee2MQTT "MQTT topics and messages" (state, /get, endpoints as state_NAME).
 * @param replyTo topic that a device which answers is to answer below.
 * @returns nothing for a device of which no state is known: its owner has configured that it ends its pulse by itself.
 */
export function relayState(profile: RelayProfile, replyTo: string): RelayState | undefined {
  switch (profile.kind) {
    case 'tasmota': {
      const { topic, relay } = profile;
      const command = `cmnd/${topic}/Power${relay}`;
      return {
        // A device with one relay leaves the number out.
        topics: [`stat/${topic}/POWER${relay}`, ...(relay === 1 ? [`stat/${topic}/POWER`] : [])],
        answers: false,
        read: (_, payload) => onOrOff(textOf(payload)),
        ask: () => send(command, ''),
        off: () => send(command, 'OFF'),
      };
    }
    case 'shelly': {
      const rpc = (id: number, method: string, params: object) =>
        send(`${profile.prefix}/rpc`, JSON.stringify({ id, src: replyTo, method, params }));
      return {
        topics: [`${replyTo}/rpc`],
        answers: true,
        read: (_, payload) => shellyReport(payload),
        ask: (id) => rpc(id, 'Switch.GetStatus', { id: profile.switch }),
        off: (id) => rpc(id, 'Switch.Set', { id: profile.switch, on: false }),
      };
    }
    case 'esphome': {
      const { prefix, relay } = profile;
      if (relay === undefined) return undefined;
      return {
        topics: [`${prefix}/switch/${relay}/state`],
        answers: false,
        read: (_, payload) => onOrOff(textOf(payload)),
        ask: () => undefined,
        off: () => send(`${prefix}/switch/${relay}/command`, 'OFF'),
      };
    }
    case 'zigbee2mqtt': {
      const device = `${profile.base}/${profile.device}`;
      const cut = device.lastIndexOf('/');
      const [parent, endpoint] = [device.slice(0, cut), device.slice(cut + 1)];
      return {
        // The last part may be an endpoint, whose state the device reports under a name of its own.
        topics: [device, ...(parent === profile.base ? [] : [parent])],
        answers: false,
        read: (topic, payload) => {
          const fields = z.record(z.string(), z.unknown()).safeParse(jsonOf(payload)).data;
          return onOrOff(fields?.[topic === device ? 'state' : `state_${endpoint}`]);
        },
        ask: () => send(`${device}/get`, '{"state":""}'),
        off: () => send(`${device}/set`, '{"state":"OFF"}'),
      };
    }
    case 'topic':
      return undefined;
  }
}

const shellyAnswer = z.object({
  id: z.int(),
  result: z.object({ output: z.boolean().optional() }).optional(),
  error: z.object({ code: z.number().optional(), message: z.string().optional() }).optional(),
});

function shellyReport(payload: Uint8Array): RelayReport | undefined {
  const answer = shellyAnswer.safeParse(jsonOf(payload)).data;
  if (answer === undefined || (answer.result === undefined && answer.error === undefined)) return undefined;
  const { id, error, result } = answer;
  if (error !== undefined)
    return { kind: 'answer', id, error: `${error.code ?? ''} ${error.message ?? ''}`.trim() };
  return result?.output === undefined ? { kind: 'answer', id } : { kind: 'answer', id, isOn: result.output };
}

const onOrOff = (value: unknown): RelayReport | undefined =>
  value === 'ON' || value === 'OFF' ? { kind: 'state', isOn: value === 'ON' } : undefined;

const textOf = (payload: Uint8Array): string => Buffer.from(payload.subarray(0, 16)).toString();

function jsonOf(payload: Uint8Array): unknown {
  if (payload.length > MAX_REPORT) return undefined;
  try {
    return JSON.parse(Buffer.from(payload).toString());
  } catch {
    // Any login may publish anything there.
    return undefined;
  }
}
