/** Keeps the lane's state and its availability retained at the broker, and corrects what others publish there. */

import type { Clock } from '../base/clock.js';
import type { Monotonic } from '../base/units.js';
import type { LaneTopics } from '../gate/protocol/topics.js';
import type { Bus } from '../platform/mqtt/message-bus.js';

/** A broker that does not take the state is not tried more often. */
const RETRY_MS = 1000;
const ONLINE = 'online';
/** Longer payloads are not from this program. */
const MAX_RECEIPT = 65_536;

export class RetainedState {
  readonly #bus: Bus;
  readonly #topics: Pick<LaneTopics, 'state' | 'availability'>;
  readonly #clock: Pick<Clock, 'monotonic'>;
  #published: string | undefined;
  #isPublishing = false;
  #triedAt: Monotonic | undefined;
  /** What arrived on the topic of the state since the last call. */
  #received: string | undefined;
  #isShownOnline = true;
  #onlineAt: Monotonic | undefined;

  constructor(bus: Bus, topics: Pick<LaneTopics, 'state' | 'availability'>, clock: Pick<Clock, 'monotonic'>) {
    this.#bus = bus;
    this.#topics = topics;
    this.#clock = clock;
    bus.onConnection(() => {
      // A broker that was disconnected may have lost what it retained.
      this.#published = undefined;
    });
    // Every login that may write there can publish anything, and so can a will that comes late: both are corrected.
    bus.subscribe(topics.state, ({ payload }) => {
      this.#received = textOf(payload);
    });
    bus.subscribe(topics.availability, ({ payload }) => {
      this.#isShownOnline = textOf(payload) === ONLINE;
    });
  }

  /** Call a few times a second. @param isNew a changed state is sent at once, an unsent one again after a second. */
  keep(text: string, isNew: boolean): void {
    if (this.#isPublishing || !this.#bus.connected) return;
    if (this.#received !== undefined && this.#received !== this.#published) this.#published = undefined;
    this.#received = undefined;
    if (text === this.#published) return;
    const now = this.#clock.monotonic();
    if (!isNew && this.#triedAt !== undefined && now - this.#triedAt < RETRY_MS) return;
    this.#triedAt = now;
    void this.#publish(text);
  }

  keepOnline(): void {
    const now = this.#clock.monotonic();
    if (this.#isShownOnline || !this.#bus.connected) return;
    if (this.#onlineAt !== undefined && now - this.#onlineAt < RETRY_MS) return;
    this.#onlineAt = now;
    void this.#bus.publish(this.#topics.availability, ONLINE, { qos: 1, retain: true });
  }

  async #publish(text: string): Promise<void> {
    this.#isPublishing = true;
    const result = await this.#bus.publish(this.#topics.state, text, { qos: 1, retain: true });
    this.#isPublishing = false;
    if (result === 'sent') this.#published = text;
  }
}

const textOf = (payload: Uint8Array): string =>
  payload.length > MAX_RECEIPT ? '' : Buffer.from(payload).toString();
