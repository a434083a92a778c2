/**
 * Holds one connection to the broker, from start to loss.
 *
 * MQTT.js stores what it could not send and delivers it after a reconnect. Here a client lives for one connection
 * only: it never reconnects, so everything it still holds when the connection is lost is lost with it.
 */

import { randomBytes } from 'node:crypto';
import mqtt, { type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt';
import type { BusMessage, Published, PublishOptions } from './message-bus.js';

export interface BrokerAddress {
  /** mqtt://HOST:PORT or mqtts://HOST:PORT. */
  readonly url: string;
  readonly clientId: string;
  readonly username?: string;
  readonly password?: string;
  /** PEM. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Topic that carries retained `online` / `offline`; absent for tools that connect for a short time. */
  readonly availability?: string;
}

export interface Connection {
  readonly open: boolean;
  publish(topic: string, payload: string | Uint8Array, options: PublishOptions): Promise<Published>;
  subscribe(filter: string): void;
  /** Disconnects cleanly, within 1 s. */
  end(): Promise<void>;
}

/**
 * How a connection ended: 'closed' without a reason while nothing was broken, 'broken' by an error, 'disconnected' by the broker's
 * DISCONNECT packet.
 */
export type LossCause = 'closed' | 'broken' | 'disconnected';

interface ConnectionListeners {
  onOpen(): void;
  /** @param matchedFilters the filters for which the broker sent this copy; absent when it does not report them. */
  onMessage(message: BusMessage, matchedFilters: readonly string[] | undefined): void;
  /** Called once; no other listener is called afterwards. */
  onLost(cause: LossCause): void;
  onProblem(detail: string): void;
  /** Another client connected with the same client id. The loss follows. */
  onTakenOver(): void;
}

/** In bytes; no message that the product accepts is larger (the largest is a badge with the photograph in a document). */
export const MAX_PAYLOAD = 351_576;
/** MQTT 5, 3.14.2.1. */
const SESSION_TAKEN_OVER = 142;
const PUBLISH_LIMIT_MS = 2000;
const CONNECT_LIMIT_MS = 5000;
/** A dead peer is noticed after one and a half of these: within 5 s. Two bytes each way are no load. */
const KEEPALIVE_SECONDS = 3;
const GRACEFUL_END_MS = 500;
const END_LIMIT_MS = 1000;

export const connectOnce = (address: BrokerAddress, listeners: ConnectionListeners): Connection =>
  new MqttConnection(address, listeners);

class MqttConnection implements Connection {
  readonly #client: MqttClient;
  readonly #listeners: ConnectionListeners;
  /** By subscription identifier, which counts from 1. */
  readonly #filters: string[] = [];
  readonly #pending = new Set<(result: Published) => void>();
  #open = false;
  #hasOpened = false;
  #isEnding = false;
  #lost = false;
  #lossCause: LossCause = 'closed';

  constructor(address: BrokerAddress, listeners: ConnectionListeners) {
    this.#listeners = listeners;
    this.#client = mqtt.connect(address.url, clientOptions(address));
    this.#client.on('connect', () => this.#onConnect());
    this.#client.on('message', (topic, payload, packet) => this.#onMessage(topic, payload, packet));
    this.#client.on('error', (error) => this.#onError(error));
    this.#client.on('disconnect', ({ reasonCode = 0 }) => this.#onDisconnect(reasonCode));
    this.#client.on('close', () => this.#onClose());
  }

  get open(): boolean {
    return this.#open && this.#client.connected;
  }

  publish(topic: string, payload: string | Uint8Array, options: PublishOptions): Promise<Published> {
    if (!this.open) return Promise.resolve('not-connected');
    const { qos, retain = false, expirySeconds, responseTopic, correlation } = options;
    return new Promise((resolve) => {
      const settle = (result: Published) => {
        clearTimeout(timer);
        this.#pending.delete(settle);
        resolve(result);
      };
      const timer = setTimeout(() => settle('timed-out'), PUBLISH_LIMIT_MS);
      this.#pending.add(settle);
      const bytes = typeof payload === 'string' ? payload : Buffer.from(payload);
      const properties = {
        messageExpiryInterval: expirySeconds,
        responseTopic,
        correlationData: correlation === undefined ? undefined : Buffer.from(correlation),
      };
      this.#client.publish(topic, bytes, { qos, retain, properties }, (error) => {
        if (!error) return settle('sent');
        // MQTT reason codes are numbers, errors of a socket have names.
        settle('code' in error && typeof error.code === 'number' ? 'refused' : 'timed-out');
      });
    });
  }

  subscribe(filter: string): void {
    // For two filters that overlap the broker sends a copy each; the identifier shows to which one a copy belongs.
    const properties = { subscriptionIdentifier: this.#filters.push(filter) };
    // `rap`: without it a retained message that arrives live would look like a fresh one.
    this.#client.subscribe(filter, { qos: 1, rap: true, properties }, (error) => {
      // Also when the broker refuses the filter (a reason code of SUBACK from 128 on).
      if (error && this.#open) this.#listeners.onProblem(`cannot subscribe to ${filter}: ${describe(error)}`);
    });
  }

  async end(): Promise<void> {
    this.#open = false;
    this.#isEnding = true;
    await new Promise<void>((resolve) => {
      const force = setTimeout(() => this.#client.end(true, () => resolve()), GRACEFUL_END_MS);
      const giveUp = setTimeout(resolve, END_LIMIT_MS);
      this.#client.end(false, () => {
        clearTimeout(force);
        clearTimeout(giveUp);
        resolve();
      });
    });
  }

  #onConnect(): void {
    this.#open = true;
    this.#hasOpened = true;
    this.#listeners.onOpen();
  }

  #onMessage(topic: string, payload: Buffer, { retain, properties }: IPublishPacket): void {
    if (payload.length > MAX_PAYLOAD) {
      this.#listeners.onProblem(`${topic}: ${payload.length} bytes dropped`);
      return;
    }
    const identifiers = [properties?.subscriptionIdentifier ?? []].flat();
    const matched = identifiers.flatMap((identifier) => this.#filters[identifier - 1] ?? []);
    const { responseTopic, correlationData: correlation } = properties ?? {};
    this.#listeners.onMessage(
      { topic, payload, retained: retain, responseTopic, correlation },
      matched.length === 0 ? undefined : matched,
    );
  }

  #onError(error: Error): void {
    this.#lossCause = 'broken';
    this.#listeners.onProblem(describe(error));
  }

  #onDisconnect(reasonCode: number): void {
    this.#lossCause = 'disconnected';
    if (reasonCode === SESSION_TAKEN_OVER) this.#listeners.onTakenOver();
    else this.#listeners.onProblem(`the broker disconnected (reason code ${reasonCode})`);
  }

  #onClose(): void {
    if (this.#lost) return;
    if (!this.#hasOpened && this.#lossCause === 'closed' && !this.#isEnding)
      this.#listeners.onProblem(`it closed the connection before it answered; perhaps ${NEEDS_MQTT_5}`);
    this.#open = false;
    this.#lost = true;
    // Not 'not-connected': a message in flight may have arrived, and a lane must not report that nothing was sent.
    for (const settle of [...this.#pending]) settle('timed-out');
    // Frees its timers; it must not outlive its connection.
    this.#client.end(true);
    this.#listeners.onLost(this.#lossCause);
  }
}

function clientOptions({ url: _, availability, ...login }: BrokerAddress): IClientOptions {
  return {
    ...login,
    protocolVersion: 5,
    clean: true,
    reconnectPeriod: 0,
    queueQoSZero: false,
    resubscribe: false,
    keepalive: KEEPALIVE_SECONDS,
    connectTimeout: CONNECT_LIMIT_MS,
    // The topic and the rest of a packet's head come on top of the payload.
    properties: { maximumPacketSize: MAX_PAYLOAD + 4096 },
    will:
      availability === undefined
        ? undefined
        : { topic: availability, payload: Buffer.from('offline'), qos: 1, retain: true },
  };
}

/** CONNACK of MQTT 3.1.1 (3.2.2.3: unacceptable protocol version) and of MQTT 5 (3.2.2.2: unsupported protocol version). */
const OLD_BROKER: readonly unknown[] = [1, 132];
const NEEDS_MQTT_5 =
  'the broker speaks no MQTT 5, which is needed here: update it (Mosquitto has it from 1.6 on), or name another one';

function describe(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map((one) => describe(one)).join(', ');
  if ('code' in error && OLD_BROKER.includes(error.code)) return NEEDS_MQTT_5;
  return error.message;
}

const RANDOM_BYTES = 12;
/** Some brokers take no more than 128; a host's name may have 64. */
const MAX_PART = 32;

/**
 * Creates MQTT client ids. A broker ends a connection when another one comes with its name. So the name identifies the box,
 * because all boxes of a site share their broker, and ends in 96 random bits, so that no client that may connect can guess it
 * and keep a lane offline.
 * @param parts such as site, device, lane. @returns a new name at each call.
 */
export const clientIdOf =
  (...parts: readonly string[]): (() => string) =>
  () =>
    ['twinstile', ...parts.map(plain), randomBytes(RANDOM_BYTES).toString('hex')].join('-');

const plain = (part: string): string => part.replace(/[^A-Za-z0-9_.-]/g, '_').slice(0, MAX_PART);
