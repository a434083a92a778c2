/**
 * One connection to the broker, from start to loss.
 *
 * MQTT.js stores what it could not send and delivers it after a reconnect. Here a client lives for one connection
 * only: it never reconnects, so whatever it still holds when the connection is lost is lost with it.
 */
import mqtt from 'mqtt';
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
  /** Topic that says retained `online` / `offline`; absent for tools that come and go. */
  readonly availability?: string;
}

export interface Connection {
  readonly open: boolean;
  publish(topic: string, payload: string | Uint8Array, options: PublishOptions): Promise<Published>;
  subscribe(filter: string): void;
  /** Ends it in good order, within 1 s. */
  end(): Promise<void>;
}

interface Listeners {
  onOpen(): void;
  /** @param takenBy the filters for which the broker sent this copy; absent when it does not tell. */
  onMessage(message: BusMessage, takenBy: readonly string[] | undefined): void;
  /** Once; nothing is heard afterwards. @param how 'closed': the broker ended it without saying why, and nothing was broken. */
  onLost(how: 'closed' | 'broken' | 'said'): void;
  onProblem(detail: string): void;
  /** Another client came with the same name. The loss follows. */
  onTakenOver(): void;
}

/** In bytes; no message that the product takes in is larger (the largest is a badge with the photograph in a document). */
export const MAX_PAYLOAD = 351_576;
/** MQTT 5, 3.14.2.1. */
const SESSION_TAKEN_OVER = 142;
const PUBLISH_LIMIT_MS = 2000;
const CONNECT_LIMIT_MS = 5000;
/** A dead peer is noticed after one and a half of these: within 5 s. Two bytes each way are no load. */
const KEEPALIVE_SECONDS = 3;

export function connectOnce(address: BrokerAddress, listeners: Listeners): Connection {
  const { url, availability, ...login } = address;
  let open = false;
  let lost = false;
  let how: Parameters<Listeners['onLost']>[0] = 'closed';
  /** By subscription identifier, which counts from 1. */
  const filters: string[] = [];
  const waiting = new Set<(result: Published) => void>();
  const client = mqtt.connect(url, {
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
        : { topic: availability, payload: Buffer.from('offline'), qos: 1 as const, retain: true },
  });

  client.on('connect', () => {
    open = true;
    listeners.onOpen();
  });
  client.on('message', (topic, payload, packet) => {
    if (payload.length > MAX_PAYLOAD) return listeners.onProblem(`${topic}: ${payload.length} bytes dropped`);
    const numbers = [packet.properties?.subscriptionIdentifier ?? []].flat();
    const takenBy = numbers.flatMap((number) => filters[number - 1] ?? []);
    const { responseTopic, correlationData: correlation } = packet.properties ?? {};
    listeners.onMessage(
      {
        topic,
        payload,
        retained: packet.retain,
        responseTopic,
        correlation,
      },
      takenBy.length === 0 ? undefined : takenBy,
    );
  });
  client.on('error', (error) => {
    how = 'broken';
    listeners.onProblem(describe(error));
  });
  client.on('disconnect', ({ reasonCode = 0 }) => {
    how = 'said';
    if (reasonCode === SESSION_TAKEN_OVER) listeners.onTakenOver();
    else listeners.onProblem(`the broker said goodbye (${reasonCode})`);
  });
  client.on('close', () => {
    if (lost) return;
    open = false;
    lost = true;
    // Not 'not-connected': what was on its way may have arrived, and a lane must not say that nothing was sent.
    for (const settle of [...waiting]) settle('timed-out');
    // Frees its timers; it must not live on beside its successor.
    client.end(true);
    listeners.onLost(how);
  });

  return {
    get open() {
      return open && client.connected;
    },
    publish(topic, payload, { qos, retain = false, expirySeconds, responseTopic, correlation }) {
      if (!open || !client.connected) return Promise.resolve('not-connected');
      return new Promise((resolve) => {
        const settle = (result: Published) => {
          clearTimeout(timer);
          waiting.delete(settle);
          resolve(result);
        };
        const timer = setTimeout(() => settle('timed-out'), PUBLISH_LIMIT_MS);
        waiting.add(settle);
        const bytes = typeof payload === 'string' ? payload : Buffer.from(payload);
        const properties = {
          messageExpiryInterval: expirySeconds,
          responseTopic,
          correlationData: correlation === undefined ? undefined : Buffer.from(correlation),
        };
        client.publish(topic, bytes, { qos, retain, properties }, (error) => {
          if (!error) return settle('sent');
          // MQTT reason codes are numbers, errors of a socket have names.
          settle('code' in error && typeof error.code === 'number' ? 'refused' : 'timed-out');
        });
      });
    },
    subscribe(filter) {
      // Two filters that overlap get a copy each; the number tells whose copy it is.
      const properties = { subscriptionIdentifier: filters.push(filter) };
      // `rap`: without it a retained message that arrives live would look like a fresh one.
      client.subscribe(filter, { qos: 1, rap: true, properties }, (error, granted) => {
        if (error && open) listeners.onProblem(`cannot subscribe to ${filter}: ${describe(error)}`);
        for (const { topic, qos } of granted ?? [])
          if (qos >= 128) listeners.onProblem(`the broker refuses the subscription to ${topic}`);
      });
    },
    async end() {
      open = false;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => client.end(true, () => resolve()), 500);
        const hard = setTimeout(resolve, 1000);
        client.end(false, () => {
          clearTimeout(timer);
          clearTimeout(hard);
          resolve();
        });
      });
    },
  };
}

function describe(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map((one) => describe(one)).join(', ');
  return error.message;
}
