/** The broker as the bus of ports/bus.ts: connects by itself, again and again, and never keeps a message for later. */
import { type Backoff, delayAfter } from '../../base/backoff.js';
import { within } from '../../base/delay.js';
import { explain, TwinstileError } from '../../base/errors.js';
import { createLimitedReports, ONCE_A_MINUTE } from '../../base/limited-reports.js';
import { type Millis, millis, monotonic } from '../../base/units.js';
import type { Bus, BusMessage } from './message-bus.js';
import { type BrokerAddress, type Connection, connectOnce } from './mqtt-connection.js';
import { filterTakes } from './topic-filter.js';

export interface BusOptions extends Omit<BrokerAddress, 'clientId'> {
  /**
   * Name of the connection. A function is asked for a new one at the start and after each time that the broker ended the connection; a text stays what it is.
   */
  readonly clientId: string | (() => string);
  /**
   * Another client came with the name of this connection: the broker said so (MQTT reason 142), or it ended the connection three times
   * within a minute without a word and took it again at once. It comes back by itself.
   */
  readonly onTakenOver?: () => void;
  /** What went wrong at the broker, for the log. May repeat itself. */
  readonly onProblem?: (detail: string) => void;
}

/** A lane is back within 2 s of its broker: the longest wait, and as much again to connect over a slow line. */
const RETRY: Backoff = { first: millis(200), factor: 2, longest: millis(1000) };
/** A connection that lived shorter counts as a failure, so that two boxes with one client id do not race. */
const SETTLED_MS = 5000;
/**
 * A process before this one may have left a connection that the broker has not missed yet (one and a half keepalives): its will says
 * `offline` after we said `online`.
 */
const WILLS_SETTLED_MS = 6000;
/** A broker that restarts ends a connection once. */
const THROWN_OFF_TIMES = 3;
const THROWN_OFF_WITHIN_MS = 60_000;
const CLOSE_LIMIT: Millis = millis(1000);
/** The message may be quoted in what was thrown. */
const MAX_FAULT_TEXT = 500;
/** Subscriptions whose faults are reported apart. */
const MAX_FAULT_KINDS = 64;

/** Never throws and never rejects: a broker that is away is a state, not an error. */
export function connectBus(options: BusOptions): Bus {
  const { onProblem = () => {}, onTakenOver = () => {}, clientId, ...address } = options;
  const newName = () => (typeof clientId === 'string' ? clientId : clientId());
  let name = newName();
  const subscriptions: { readonly filter: string; readonly onMessage: Parameters<Bus['subscribe']>[1] }[] =
    [];
  const listeners: ((connected: boolean) => void)[] = [];
  let connection: Connection | undefined;
  let online = false;
  let failures = 0;
  let retry: NodeJS.Timeout | undefined;
  let settled: NodeJS.Timeout | undefined;
  /** The last connection was ended without a word. */
  let wasClosed = false;
  let ends: readonly number[] = [];
  let closed = false;

  const tell = (state: boolean) => {
    if (state === online) return;
    online = state;
    for (const listener of listeners) listener(state);
  };
  const faults = createLimitedReports<string>({
    limit: ONCE_A_MINUTE,
    maxKinds: MAX_FAULT_KINDS,
    report: (detail, count) =>
      onProblem(`${count === 1 ? 'a message was' : `${count} messages were`} dropped: ${detail}`),
  });
  /** The wall between strangers and the program: nothing that a handler does with a message goes any further. */
  const handle = async (one: (typeof subscriptions)[number], message: BusMessage): Promise<void> => {
    try {
      await one.onMessage(message);
    } catch (error) {
      const detail = `${one.filter}: ${explain(error)}`.slice(0, MAX_FAULT_TEXT);
      faults.add(one.filter, detail, monotonic(performance.now()));
    }
  };
  /** Mosquitto 2.0 ends a session that is taken over without a word; a broker that is there all the time has no other reason. */
  const thrownOff = (now: number) => {
    wasClosed = false;
    onProblem(
      'the broker ended the connection and took it again: another client may have come under its name',
    );
    ends = [...ends.filter((at) => now - at < THROWN_OFF_WITHIN_MS), now];
    if (ends.length >= THROWN_OFF_TIMES) onTakenOver();
  };
  const sayOnline = (current: Connection) => {
    if (address.availability !== undefined && !closed && current.open)
      void current.publish(address.availability, 'online', { qos: 1, retain: true });
  };
  const start = () => {
    let openedAt: number | undefined;
    const current = connectOnce(
      { ...address, clientId: name },
      {
        onOpen() {
          openedAt = performance.now();
          for (const filter of new Set(subscriptions.map((one) => one.filter))) current.subscribe(filter);
          sayOnline(current);
          settled = setTimeout(() => sayOnline(current), WILLS_SETTLED_MS);
          tell(true);
          if (wasClosed) thrownOff(openedAt);
        },
        onMessage(message, takenBy) {
          if (closed) return;
          for (const one of [...subscriptions])
            if (takenBy?.includes(one.filter) ?? filterTakes(one.filter, message.topic))
              void handle(one, message);
        },
        onLost(how) {
          connection = undefined;
          clearTimeout(settled);
          tell(false);
          if (closed) return;
          wasClosed = how === 'closed' && openedAt !== undefined;
          // Whoever knew it knows the next one no more.
          if (how !== 'broken') name = newName();
          if (openedAt !== undefined && performance.now() - openedAt >= SETTLED_MS) failures = 0;
          failures += 1;
          // At once, to see whether the broker is there all the time.
          retry = setTimeout(start, wasClosed ? RETRY.first : delayAfter(failures, RETRY));
        },
        onTakenOver() {
          onProblem('another client came under the name of this connection and ended it (142)');
          onTakenOver();
        },
        onProblem,
      },
    );
    connection = current;
  };
  start();

  return {
    get connected() {
      return online && connection?.open === true;
    },
    async publish(topic, payload, publishOptions) {
      if (closed || connection === undefined) return 'not-connected';
      return connection.publish(topic, payload, publishOptions);
    },
    subscribe(filter, onMessage) {
      subscriptions.push({ filter, onMessage });
      // Also for a filter that is subscribed to already: only then does the broker send again what it retains.
      if (connection?.open === true) connection.subscribe(filter);
    },
    onConnection(listener) {
      listeners.push(listener);
    },
    async close() {
      if (closed) return;
      closed = true;
      clearTimeout(retry);
      clearTimeout(settled);
      faults.end();
      const last = connection;
      // A clean goodbye keeps the will from being published, so `offline` is said here.
      if (address.availability !== undefined && last?.open === true)
        await within(
          CLOSE_LIMIT,
          last.publish(address.availability, 'offline', { qos: 1, retain: true }),
          late,
        ).catch(
          () => 'timed-out', // The broker notices by itself when the connection is gone.
        );
      await last?.end();
      tell(false);
    },
  };
}

function late(): TwinstileError {
  return new TwinstileError({
    code: 'broker-unreachable',
    message: 'Expected an acknowledgement, got silence.',
  });
}
