/**
 * Connects to the broker and reconnects after each loss, with bounded waits.
 *
 * Nothing is queued: while there is no connection, publishing fails at once.
 */

import { type Backoff, delayAfter, within } from '../../base/delay.js';
import { explain, TwinstileError } from '../../base/errors.js';
import { createLimitedReports, ONCE_A_MINUTE } from '../../base/limited-reports.js';
import { plural } from '../../base/plural.js';
import { type Millis, millis, monotonic } from '../../base/units.js';
import {
  type Bus,
  type BusMessage,
  filterTakes,
  type Published,
  type PublishOptions,
} from './message-bus.js';
import { type BrokerAddress, type Connection, connectOnce, type LossCause } from './mqtt-connection.js';

export interface BusOptions extends Omit<BrokerAddress, 'clientId'> {
  /**
   * MQTT client id. A function is called for a new one at the start and after each time that the broker ended the connection; a
   * string stays the same.
   */
  readonly clientId: string | (() => string);
  /**
   * Another client connected with this client id: the broker reported it (MQTT reason 142), or it ended the connection three times
   * within a minute without a reason and accepted it again at once. The bus reconnects by itself.
   */
  readonly onTakenOver?: () => void;
  /** A fault at the broker, for the log. The same one is reported at once and then once a minute, with its number. */
  readonly onProblem?: (detail: string) => void;
}

/** A lane is back within 2 s of its broker: the longest wait, and as much again to connect over a slow line. */
const RETRY: Backoff = { first: millis(200), factor: 2, longest: millis(1000) };
/** A connection that lived shorter counts as a failure, so that two boxes with one client id do not race. */
const STABLE_MS = 5000;
/**
 * A process before this one may have left a connection that the broker has not missed yet (one and a half keepalives): its will
 * publishes `offline` after our `online`.
 */
const OLD_WILL_MS = 6000;
/** A broker that restarts ends a connection once. */
const TAKEOVER_CLOSES = 3;
const TAKEOVER_WINDOW_MS = 60_000;
const CLOSE_LIMIT: Millis = millis(1000);
/** The message may be quoted in what was thrown. */
const MAX_FAULT_TEXT = 500;
/** Subscriptions whose faults are reported apart. */
const MAX_FAULT_KINDS = 64;

/** Never throws and never rejects: a broker that cannot be reached is a state, not an error. */
export const connectBus = (options: BusOptions): Bus => new ReconnectingBus(options);

interface Subscription {
  readonly filter: string;
  readonly onMessage: (message: BusMessage) => unknown;
}

class ReconnectingBus implements Bus {
  readonly #options: BusOptions;
  readonly #subscriptions: Subscription[] = [];
  readonly #listeners: ((connected: boolean) => void)[] = [];
  readonly #handlerFaults = createLimitedReports<string>({
    limit: ONCE_A_MINUTE,
    maxKinds: MAX_FAULT_KINDS,
    report: (detail, count) =>
      this.#report(`${plural(count, 'message was', 'messages were')} dropped: ${detail}`),
  });
  readonly #problems = this.#limited();
  /** An attempt to connect is made each second: what they meet is one fault, until one succeeds. */
  #connectProblems = this.#limited();
  #clientId: string;
  #connection: Connection | undefined;
  #connected = false;
  #closed = false;
  #failures = 0;
  #retryTimer: NodeJS.Timeout | undefined;
  #repeatOnline: NodeJS.Timeout | undefined;
  /** The broker ended the last connection without a reason. */
  #endedWithoutReason = false;
  /** Monotonic times in ms at which such connections came back. */
  #suddenEnds: readonly number[] = [];

  constructor(options: BusOptions) {
    this.#options = options;
    this.#clientId = this.#newClientId();
    this.#connect();
  }

  get connected(): boolean {
    return this.#connected && this.#connection?.open === true;
  }

  async publish(topic: string, payload: string | Uint8Array, options: PublishOptions): Promise<Published> {
    if (this.#closed || this.#connection === undefined) return 'not-connected';
    return this.#connection.publish(topic, payload, options);
  }

  subscribe(filter: string, onMessage: Subscription['onMessage']): void {
    this.#subscriptions.push({ filter, onMessage });
    // Also for a filter that is subscribed to already: only then does the broker send its retained messages again.
    if (this.#connection?.open === true) this.#connection.subscribe(filter);
  }

  onConnection(listener: (connected: boolean) => void): void {
    this.#listeners.push(listener);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#repeatOnline);
    this.#handlerFaults.end();
    const last = this.#connection;
    if (last?.open === true) await this.#publishOffline(last);
    await last?.end();
    this.#setConnected(false);
  }

  #connect(): void {
    let openedAt: number | undefined;
    const { clientId: _, onProblem: __, onTakenOver: ___, ...address } = this.#options;
    const connection = connectOnce(
      { ...address, clientId: this.#clientId },
      {
        onOpen: () => {
          openedAt = performance.now();
          this.#onOpen(connection, openedAt);
        },
        onMessage: (message, matchedFilters) => this.#dispatch(message, matchedFilters),
        onLost: (cause) => this.#onLost(cause, openedAt),
        onTakenOver: () => {
          this.#report('another client came under the name of this connection and ended it (142)');
          this.#options.onTakenOver?.();
        },
        onProblem: (detail) =>
          this.#report(detail, openedAt === undefined ? this.#connectProblems : this.#problems),
      },
    );
    this.#connection = connection;
  }

  #onOpen(connection: Connection, openedAt: number): void {
    for (const filter of new Set(this.#subscriptions.map((one) => one.filter))) connection.subscribe(filter);
    this.#connectProblems = this.#limited();
    this.#publishOnline(connection);
    this.#repeatOnline = setTimeout(() => this.#publishOnline(connection), OLD_WILL_MS);
    this.#setConnected(true);
    if (this.#endedWithoutReason) this.#noteSuddenEnd(openedAt);
  }

  #onLost(cause: LossCause, openedAt: number | undefined): void {
    this.#connection = undefined;
    clearTimeout(this.#repeatOnline);
    this.#setConnected(false);
    if (this.#closed) return;
    this.#endedWithoutReason = cause === 'closed' && openedAt !== undefined;
    // A client that knew the old id does not know the next one.
    if (cause !== 'broken') this.#clientId = this.#newClientId();
    if (openedAt !== undefined && performance.now() - openedAt >= STABLE_MS) this.#failures = 0;
    this.#failures += 1;
    // At once, to see whether the broker was reachable all the time.
    const wait = this.#endedWithoutReason ? RETRY.first : delayAfter(this.#failures, RETRY);
    this.#retryTimer = setTimeout(() => this.#connect(), wait);
  }

  /**
   * Detects a takeover that the broker does not report: Mosquitto 2.0 ends such a session without a reason. A broker that accepts the
   * client again at once did not restart, and has no other reason.
   */
  #noteSuddenEnd(now: number): void {
    this.#endedWithoutReason = false;
    this.#report(
      'the broker ended the connection and took it again: another client may have come under its name',
    );
    this.#suddenEnds = [...this.#suddenEnds.filter((at) => now - at < TAKEOVER_WINDOW_MS), now];
    if (this.#suddenEnds.length >= TAKEOVER_CLOSES) this.#options.onTakenOver?.();
  }

  #dispatch(message: BusMessage, matchedFilters: readonly string[] | undefined): void {
    if (this.#closed) return;
    for (const subscription of [...this.#subscriptions])
      if (matchedFilters?.includes(subscription.filter) ?? filterTakes(subscription.filter, message.topic))
        void this.#handle(subscription, message);
  }

  /** Contains faults of handlers: nothing that a message of another client causes goes any further. */
  async #handle({ filter, onMessage }: Subscription, message: BusMessage): Promise<void> {
    try {
      await onMessage(message);
    } catch (error) {
      const detail = `${filter}: ${explain(error)}`.slice(0, MAX_FAULT_TEXT);
      this.#handlerFaults.add(filter, detail, monotonic(performance.now()));
    }
  }

  #publishOnline(connection: Connection): void {
    const { availability } = this.#options;
    if (availability !== undefined && !this.#closed && connection.open)
      void connection.publish(availability, 'online', { qos: 1, retain: true });
  }

  /** A clean disconnect keeps the broker from publishing the will. */
  async #publishOffline(connection: Connection): Promise<void> {
    const { availability } = this.#options;
    if (availability === undefined) return;
    const offline = connection.publish(availability, 'offline', { qos: 1, retain: true });
    // Not acknowledged: the broker notices by itself when the connection is gone.
    await within(CLOSE_LIMIT, offline, notAcknowledged).catch(() => {});
  }

  #setConnected(connected: boolean): void {
    if (connected === this.#connected) return;
    this.#connected = connected;
    for (const listener of this.#listeners) listener(connected);
  }

  #newClientId(): string {
    const { clientId } = this.#options;
    return typeof clientId === 'string' ? clientId : clientId();
  }

  /** The same fault at once, and then once a minute with its number. */
  #limited() {
    return createLimitedReports<string>({
      limit: ONCE_A_MINUTE,
      maxKinds: MAX_FAULT_KINDS,
      report: (detail, count) =>
        this.#options.onProblem?.(
          count === 1 ? detail : `${detail} (${plural(count, 'time')} within the last minute)`,
        ),
    });
  }

  #report(detail: string, problems = this.#problems): void {
    problems.add(detail, detail, monotonic(performance.now()));
  }
}

const notAcknowledged = (): TwinstileError =>
  new TwinstileError({
    code: 'broker-unreachable',
    message: `Broker did not acknowledge \`offline\` within ${CLOSE_LIMIT} ms.`,
  });
