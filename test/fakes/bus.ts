/** A broker in memory that keeps the promises of ports/bus.ts; test/contracts/bus.ts holds it and the real one to them. */

import {
  type Bus,
  type BusMessage,
  filterTakes,
  type PublishOptions,
} from '../../src/platform/mqtt/message-bus.js';

export interface FakeMessage {
  readonly topic: string;
  readonly payload: string;
  readonly qos: 0 | 1;
  readonly retain: boolean;
}

export interface FakeBroker {
  /** Everything the broker accepted, oldest first: wills and availability too. */
  readonly published: readonly FakeMessage[];
  /** What handlers threw. */
  readonly faults: readonly string[];
  /** @param options.availability topic that says retained `online` / `offline`. */
  connect(options?: { readonly availability?: string }): Bus;
  /** Every connection breaks, what is on its way is lost, and wills are carried out. */
  cut(): void;
  /** Everybody is connected again, and hears what is retained as after any subscription. */
  restore(): void;
  /** From now on nobody may publish there: QoS 1 is told so, QoS 0 is swallowed. */
  forbid(filter: string): void;
  /** What `topic` retains. */
  retained(topic: string): string | undefined;
}

interface Client {
  readonly subscriptions: { readonly filter: string; readonly onMessage: Parameters<Bus['subscribe']>[1] }[];
  readonly listeners: ((connected: boolean) => void)[];
  readonly availability: string | undefined;
  closed: boolean;
}

export function createFakeBroker(): FakeBroker {
  const clients: Client[] = [];
  const published: FakeMessage[] = [];
  const kept = new Map<string, Uint8Array>();
  const forbidden: string[] = [];
  const faults: string[] = [];
  let up = true;
  /** Rises at each cut, so that what was on its way then never arrives. */
  let era = 0;

  const deliver = (client: Client, filter: string | undefined, message: BusMessage) => {
    const sentIn = era;
    queueMicrotask(() => {
      if (client.closed || !up || era !== sentIn) return;
      for (const one of client.subscriptions)
        if ((filter === undefined || one.filter === filter) && filterTakes(one.filter, message.topic))
          void handle(one.onMessage, message);
    });
  };
  const accept = (
    topic: string,
    payload: string | Uint8Array,
    qos: 0 | 1,
    retain: boolean,
    asked: Pick<PublishOptions, 'responseTopic' | 'correlation'> = {},
  ) => {
    const bytes = Uint8Array.from(Buffer.from(payload));
    published.push({ topic, payload: Buffer.from(bytes).toString(), qos, retain });
    if (retain && bytes.length === 0) kept.delete(topic);
    else if (retain) kept.set(topic, bytes);
    for (const client of clients)
      deliver(client, undefined, { topic, payload: bytes, retained: retain, ...asked });
  };
  const welcome = (client: Client, filter: string) => {
    for (const [topic, payload] of kept)
      if (filterTakes(filter, topic)) deliver(client, filter, { topic, payload, retained: true });
  };
  const say = (client: Client, what: 'online' | 'offline') => {
    if (client.availability !== undefined) accept(client.availability, what, 1, true);
  };
  const handle = async (onMessage: Parameters<Bus['subscribe']>[1], message: BusMessage) => {
    try {
      await onMessage(message);
    } catch (error) {
      faults.push(error instanceof Error ? error.message : String(error));
    }
  };
  const alive = () => clients.filter(({ closed }) => !closed);

  return {
    published,
    faults,
    retained: (topic) => {
      const payload = kept.get(topic);
      return payload === undefined ? undefined : Buffer.from(payload).toString();
    },
    forbid: (filter) => {
      forbidden.push(filter);
    },
    connect({ availability } = {}) {
      const client: Client = { subscriptions: [], listeners: [], availability, closed: false };
      clients.push(client);
      if (up) say(client, 'online');
      return busOf(client);
    },
    cut() {
      if (!up) return;
      for (const client of alive()) say(client, 'offline');
      up = false;
      era += 1;
      for (const client of alive()) for (const tell of client.listeners) tell(false);
    },
    restore() {
      if (up) return;
      up = true;
      for (const client of alive()) {
        for (const filter of new Set(client.subscriptions.map((one) => one.filter))) welcome(client, filter);
        say(client, 'online');
        for (const tell of client.listeners) tell(true);
      }
    },
  };

  function busOf(client: Client): Bus {
    return {
      get connected() {
        return up && !client.closed;
      },
      async publish(topic, payload, { qos, retain = false, expirySeconds: _, ...asked }) {
        if (!up || client.closed) return 'not-connected';
        if (forbidden.some((filter) => filterTakes(filter, topic))) return qos === 0 ? 'sent' : 'refused';
        accept(topic, payload, qos, retain, asked);
        return 'sent';
      },
      subscribe(filter, onMessage) {
        client.subscriptions.push({ filter, onMessage });
        if (up) welcome(client, filter);
      },
      onConnection(listener) {
        client.listeners.push(listener);
      },
      async close() {
        if (client.closed) return;
        if (up) say(client, 'offline');
        client.closed = true;
        for (const tell of client.listeners) tell(false);
      },
    };
  }
}
