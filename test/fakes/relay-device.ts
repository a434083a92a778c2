/** A board of each kind as its maker's documents say that it behaves, on whatever bus it is given. */
import type { RelayProfile } from '../../src/gate/protocol/relay-message.js';
import type { Bus } from '../../src/platform/mqtt/message-bus.js';

export const RELAYS = {
  tasmota: { kind: 'tasmota', topic: 'door', relay: 1 },
  shelly: { kind: 'shelly', prefix: 'shelly-1', switch: 0 },
  esphome: { kind: 'esphome', prefix: 'door', button: 'open', relay: 'relay' },
  zigbee2mqtt: { kind: 'zigbee2mqtt', base: 'zigbee2mqtt', device: 'gate/l1' },
  topic: { kind: 'topic', topic: 'doors/1/pulse', payload: '1' },
} as const satisfies { readonly [Kind in RelayProfile['kind']]: RelayProfile & { readonly kind: Kind } };

export interface RelayDevice {
  readonly isOn: boolean;
  /** How often it was switched on. */
  readonly pulses: number;
  /** How often it was told to be off. */
  readonly offs: number;
  /** A relay that had welded goes off when it is told to. */
  mend(): void;
}

/**
 * @param endsAfter ms after which it goes off by itself; absent: it stays on.
 * @param obeysOff false: a relay that has welded.
 */
export function connectRelayDevice(
  bus: Bus,
  kind: keyof typeof RELAYS,
  { endsAfter, obeysOff = true }: { readonly endsAfter?: number; readonly obeysOff?: boolean } = {},
): RelayDevice {
  let isOn = false;
  let pulses = 0;
  let offs = 0;
  let obeys = obeysOff;
  const publish = (topic: string, payload: string, retain = false) =>
    void bus.publish(topic, payload, { qos: 0, retain });
  const say = () => {
    const word = isOn ? 'ON' : 'OFF';
    if (kind === 'tasmota') publish('stat/door/POWER', word);
    if (kind === 'esphome') publish('door/switch/relay/state', word, true);
    if (kind === 'zigbee2mqtt')
      publish('zigbee2mqtt/gate', JSON.stringify({ state_l1: word, linkquality: 80 }));
  };
  const set = (on: boolean) => {
    if (on) pulses += 1;
    else offs += 1;
    isOn = on || (isOn && !obeys);
    say();
    if (on && endsAfter !== undefined)
      setTimeout(() => {
        isOn = false;
        say();
      }, endsAfter);
  };
  const rpc = (text: string) => {
    const { id, src, method, params } = JSON.parse(text);
    const answer = (body: object) =>
      publish(`${src}/rpc`, JSON.stringify({ id, src: RELAYS.shelly.prefix, dst: src, ...body }));
    if (params.id !== 0)
      return answer({ error: { code: -105, message: `Argument 'id', value ${params.id} not found!` } });
    const result = method === 'Switch.Set' ? { was_on: isOn } : { output: isOn };
    if (method === 'Switch.Set') set(params.on);
    answer({ result });
  };
  const tasmotaPower = (text: string) => (text === 'OFF' ? set(false) : say());
  const heard: Readonly<Record<keyof typeof RELAYS, Readonly<Record<string, (text: string) => void>>>> = {
    tasmota: {
      'cmnd/door/Backlog0': (text) => (/Power1 ON/.test(text) ? set(true) : undefined),
      'cmnd/door/Power1': tasmotaPower,
    },
    shelly: { 'shelly-1/rpc': rpc },
    esphome: {
      'door/button/open/command': (text) => (text === 'PRESS' ? set(true) : undefined),
      'door/switch/relay/command': (text) => (text === 'OFF' ? set(false) : undefined),
    },
    zigbee2mqtt: {
      'zigbee2mqtt/gate/l1/set': (text) => set(JSON.parse(text).state === 'ON'),
      'zigbee2mqtt/gate/l1/get': () => say(),
    },
    topic: { 'doors/1/pulse': () => set(true) },
  };
  for (const [topic, take] of Object.entries(heard[kind]))
    bus.subscribe(topic, ({ payload }) => take(Buffer.from(payload).toString()));
  return {
    get isOn() {
      return isOn;
    },
    get pulses() {
      return pulses;
    },
    get offs() {
      return offs;
    },
    mend() {
      obeys = true;
    },
  };
}
