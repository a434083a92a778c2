/** Pulses a relay in the place of a gate, checks afterwards that the pulse has ended, and switches the relay off where it has not. */
import { setTimeout as sleep } from 'node:timers/promises';
import { compact } from '../base/compact.js';
import { type Millis, millis } from '../base/units.js';
import type { Bus, Published } from '../platform/mqtt/message-bus.js';
import type { GateClient, GateOutcome, OpenRequest } from './gate-client.js';
import {
  pulseMessage,
  type RelayMessage,
  type RelayProfile,
  type RelayReport,
  type RelayState,
  relayState,
} from './protocol/relay-message.js';

export type RelayProblem =
  /** It reports that it is on although the pulse is over. */
  | 'relay-stays-on'
  /** It could report whether it is on, and does not. */
  | 'relay-silent';

interface RelayClientDependencies {
  readonly bus: Bus;
  readonly profile: RelayProfile;
  /** Topic of the lane, below which a device publishes its answers. */
  readonly base: string;
  readonly onProblem?: (problem: RelayProblem) => void;
  /** Shorter in tests. */
  readonly waits?: Partial<Waits>;
}

interface Waits {
  /** For an answer to a request. */
  readonly answer: Millis;
  /** After the pulse, before the relay is asked. */
  readonly settle: Millis;
  /** Between two attempts to end a pulse that has not ended. */
  readonly again: Millis;
}

const WAITS: Waits = { answer: millis(1000), settle: millis(1000), again: millis(2000) };
/** A relay that is reached later than this must not open any more. */
const EXPIRY_S = 2;

/**
 * Sends a pulse only while connected, once, and never keeps one for later. Without a challenge and a signed acknowledgement there is
 * no proof that the relay opened: the outcome is 'pulsed', never 'opened'. While it is known to be on after its pulse nothing is sent.
 *
 * @param signal ends the supervision of the last pulse, and the attempts to switch a relay off that stays on.
 */
export const createRelayClient = (dependencies: RelayClientDependencies, signal?: AbortSignal): GateClient =>
  new RelayClient(dependencies, signal);

class RelayClient implements GateClient {
  readonly #bus: Bus;
  readonly #profile: RelayProfile;
  readonly #onProblem: (problem: RelayProblem) => void;
  readonly #waits: Waits;
  readonly #replyTo: string;
  readonly #state: RelayState | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #listeners = new Set<(report: RelayReport) => void>();
  #lastId = 0;
  /** Pulses so far: supervision of one ends when another has begun. */
  #pulses = 0;
  #staysOn = false;

  constructor(
    { bus, profile, base, onProblem = () => {}, waits }: RelayClientDependencies,
    signal?: AbortSignal,
  ) {
    this.#bus = bus;
    this.#profile = profile;
    this.#onProblem = onProblem;
    this.#waits = { ...WAITS, ...compact(waits ?? {}) };
    this.#replyTo = `${base}/relay`;
    this.#state = relayState(profile, this.#replyTo);
    this.#signal = signal;
    // ESPHome retains its state. An old one is received at the start alone, when no request is pending.
    for (const topic of this.#state?.topics ?? [])
      bus.subscribe(topic, ({ topic: at, payload }) => {
        const report = this.#state?.read(at, payload);
        if (report !== undefined) for (const listener of [...this.#listeners]) listener(report);
      });
  }

  /** Whether the relay is there is not known before it is asked; that the broker is there is. */
  get alive(): boolean {
    return this.#bus.connected;
  }

  get staysOn(): boolean {
    return this.#staysOn;
  }

  async open({ pulse }: OpenRequest): Promise<GateOutcome> {
    if (!this.#bus.connected) return { outcome: 'broker-disconnected' };
    if (this.#staysOn) return { outcome: 'refused', reason: 'relay-stays-on', latency: millis(0) };
    const id = this.#nextId();
    const message = pulseMessage(this.#profile, pulse, { id, replyTo: this.#replyTo });
    if (this.#state !== undefined) this.#supervise(pulse);
    return this.#state?.answers === true
      ? this.#pulseAnswered(message, id)
      : outcomeOf(await send(this.#bus, message));
  }

  async #pulseAnswered(message: RelayMessage, id: number): Promise<GateOutcome> {
    const start = performance.now();
    const answer = await this.#request(message, (report) =>
      report.kind === 'answer' && report.id === id ? report : undefined,
    );
    // It may have opened all the same, and is not asked again.
    if (answer === undefined)
      return { outcome: this.#bus.connected ? 'gate-unreachable' : 'broker-disconnected' };
    const latency = millis(performance.now() - start);
    return answer.error === undefined
      ? { outcome: 'pulsed', latency }
      : { outcome: 'refused', reason: 'relay-error', latency, unproven: true };
  }

  /** Remembers what the relay reports from now on, and checks that it is off after the pulse. */
  #supervise(pulse: Millis): void {
    this.#pulses += 1;
    const own = this.#pulses;
    let isOn: boolean | undefined;
    const listener = (report: RelayReport) => {
      isOn = report.isOn ?? isOn;
    };
    this.#listeners.add(listener);
    void this.#checkEnd(pulse, own, () => isOn).finally(() => this.#listeners.delete(listener));
  }

  /** @param own number of the pulse. @param last what the relay reported last. */
  async #checkEnd(pulse: Millis, own: number, last: () => boolean | undefined): Promise<void> {
    await wait(millis(pulse + this.#waits.settle), this.#signal);
    if (this.#signal?.aborted) return;
    const isOn = last() === false ? false : ((await this.#isOnNow()) ?? last());
    if (own !== this.#pulses || isOn === false || this.#signal?.aborted) return;
    if (isOn === undefined) this.#onProblem('relay-silent');
    else await this.#switchOff();
  }

  /** Until the relay reports that it is off. */
  async #switchOff(): Promise<void> {
    this.#staysOn = true;
    this.#onProblem('relay-stays-on');
    while (this.#staysOn && !this.#signal?.aborted) {
      if (this.#state !== undefined) await send(this.#bus, this.#state.off(this.#nextId()));
      if ((await this.#isOnNow()) === false) this.#staysOn = false;
      else await wait(this.#waits.again, this.#signal);
    }
  }

  #isOnNow(): Promise<boolean | undefined> {
    const id = this.#nextId();
    return this.#request(this.#state?.ask(id), (report) =>
      report.kind === 'state' || report.id === id ? report.isOn : undefined,
    );
  }

  /** Sends, and waits for the first report that fits. */
  async #request<T>(
    message: RelayMessage | undefined,
    pick: (report: RelayReport) => T | undefined,
  ): Promise<T | undefined> {
    let settle = (_: T | undefined) => {};
    const found = new Promise<T | undefined>((resolve) => {
      settle = resolve;
    });
    const listener = (report: RelayReport) => {
      const picked = pick(report);
      if (picked !== undefined) settle(picked);
    };
    const timer = setTimeout(() => settle(undefined), this.#waits.answer);
    this.#listeners.add(listener);
    try {
      if (message !== undefined) await send(this.#bus, message);
      return await found;
    } finally {
      clearTimeout(timer);
      this.#listeners.delete(listener);
    }
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }
}

const send = (bus: Bus, { topic, payload, qos, retain }: RelayMessage): Promise<Published> =>
  bus.publish(topic, payload, { qos, retain, expirySeconds: EXPIRY_S });

/** Resolves after `span` or when the signal aborts. Supervising a relay keeps no program alive. */
async function wait(span: Millis, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(span, undefined, { signal, ref: false });
  } catch {
    // The only failure of a timer is the abort, and that is one of its two ends.
  }
}

function outcomeOf(published: Published): GateOutcome {
  if (published === 'sent') return { outcome: 'pulsed' };
  // Otherwise it may have gone out all the same, and is not sent again.
  return { outcome: published === 'not-connected' ? 'broker-disconnected' : 'gate-unreachable' };
}
