/** A relay instead of a gate: told to pulse, asked afterwards whether the pulse has ended, and told to end it where it has not. */
import { compact } from '../base/compact.js';
import { type Millis, millis } from '../base/units.js';
import type { Bus, Published } from '../platform/mqtt/message-bus.js';
import type { GateClient, GateOutcome } from './gate-client.js';
import type { RelayProfile } from './protocol/relay/profile.js';
import { pulseMessage, type RelayMessage } from './protocol/relay/pulse-message.js';
import { type RelayReport, relayState } from './protocol/relay/relay-state.js';

export type RelayProblem =
  /** It says that it is on although the pulse is over. */
  | 'relay-stays-on'
  /** It could say whether it is on, and does not. */
  | 'relay-silent';

export interface RelayClientDependencies {
  readonly bus: Bus;
  readonly profile: RelayProfile;
  /** Topic of the lane, below which a device that answers is to answer. */
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
 * Sent only while connected, once, and never kept for later. Without a challenge and a signed acknowledgement there is no proof
 * that the relay opened: the outcome is 'pulsed', never 'opened'. While it is known to be on after its pulse nothing is sent.
 */
export function createRelayClient(dependencies: RelayClientDependencies): GateClient {
  const { bus, profile, base, onProblem = () => {} } = dependencies;
  const waits = { ...WAITS, ...compact(dependencies.waits ?? {}) };
  const replyTo = `${base}/relay`;
  const state = relayState(profile, replyTo);
  const listeners = new Set<(report: RelayReport) => void>();
  let ids = 0;
  let pulses = 0;
  let staysOn = false;

  // ESPHome retains its state. An old one is heard at the start alone, when nobody waits for any.
  for (const topic of state?.topics ?? [])
    bus.subscribe(topic, ({ topic: at, payload }) => {
      const report = state?.read(at, payload);
      if (report !== undefined) for (const listener of [...listeners]) listener(report);
    });
  /** Sends, and waits for the first report that fits. */
  const request = async <T>(
    message: RelayMessage | undefined,
    pick: (report: RelayReport) => T | undefined,
  ): Promise<T | undefined> => {
    let over = (_: T | undefined) => {};
    const found = new Promise<T | undefined>((resolve) => {
      over = resolve;
    });
    const listener = (report: RelayReport) => {
      const picked = pick(report);
      if (picked !== undefined) over(picked);
    };
    const timer = setTimeout(() => over(undefined), waits.answer);
    listeners.add(listener);
    try {
      if (message !== undefined) await send(bus, message);
      return await found;
    } finally {
      clearTimeout(timer);
      listeners.delete(listener);
    }
  };
  const isOnNow = (): Promise<boolean | undefined> => {
    const id = ++ids;
    return request(state?.ask(id), (report) =>
      report.kind === 'state' || report.id === id ? report.isOn : undefined,
    );
  };
  /** Until the relay says that it is off, or another pulse has begun. */
  const watchEnd = async (pulse: Millis, own: number, last: () => boolean | undefined) => {
    await wait(millis(pulse + waits.settle));
    const isOn = last() === false ? false : ((await isOnNow()) ?? last());
    if (own !== pulses || isOn === false) return;
    if (isOn === undefined) return onProblem('relay-silent');
    staysOn = true;
    onProblem('relay-stays-on');
    while (staysOn) {
      if (state !== undefined) await send(bus, state.off(++ids));
      if ((await isOnNow()) === false) staysOn = false;
      else await wait(waits.again);
    }
  };
  const watch = (pulse: Millis) => {
    const own = ++pulses;
    let isOn: boolean | undefined;
    const listener = (report: RelayReport) => {
      isOn = report.isOn ?? isOn;
    };
    listeners.add(listener);
    void watchEnd(pulse, own, () => isOn).finally(() => listeners.delete(listener));
  };

  return {
    /** Whether the relay is there is not known before it is asked; that the broker is there is. */
    get alive() {
      return bus.connected;
    },
    get staysOn() {
      return staysOn;
    },
    async open({ pulse }) {
      if (!bus.connected) return { outcome: 'broker-disconnected' };
      if (staysOn) return { outcome: 'refused', reason: 'relay-stays-on', latency: millis(0) };
      const id = ++ids;
      const message = pulseMessage(profile, pulse, { id, replyTo });
      if (state === undefined) return outcomeOf(await send(bus, message));
      watch(pulse);
      if (!state.answers) return outcomeOf(await send(bus, message));
      const start = performance.now();
      const answer = await request(message, (report) =>
        report.kind === 'answer' && report.id === id ? report : undefined,
      );
      // It may have opened all the same, and is not asked again.
      if (answer === undefined)
        return { outcome: bus.connected ? 'gate-unreachable' : 'broker-disconnected' };
      const latency = millis(performance.now() - start);
      return answer.error === undefined
        ? { outcome: 'pulsed', latency }
        : { outcome: 'refused', reason: 'relay-error', latency, unproven: true };
    },
  };
}

const send = (bus: Bus, { topic, payload, qos, retain }: RelayMessage): Promise<Published> =>
  bus.publish(topic, payload, { qos, retain, expirySeconds: EXPIRY_S });

function wait(span: Millis): Promise<void> {
  return new Promise((resolve) => {
    // Watching a relay keeps no program alive.
    setTimeout(resolve, span).unref();
  });
}

function outcomeOf(published: Published): GateOutcome {
  if (published === 'sent') return { outcome: 'pulsed' };
  // Otherwise it may have gone out all the same, and is not sent again.
  return { outcome: published === 'not-connected' ? 'broker-disconnected' : 'gate-unreachable' };
}
