/**
 * Reads a relay's own state reports, so that one that stays on after its pulse is detected. Pure.
 *
 * Sources: Tasmota "MQTT" (stat/TOPIC/POWERn; an empty command asks), Shelly "RPC over MQTT" (the answer goes to SRC/rpc) and
 * "Switch.GetStatus", ESPHome "MQTT switch", Zigbee2MQTT "MQTT topics and messages" (state, /get, endpoints as state_NAME).
 */
import { z } from 'zod';
import type { RelayMessage, RelayProfile } from './relay-message.js';

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
