/** Carries the outbox to the broker: in order, each until it is acknowledged, over any outage. */
import { type Backoff, delayAfter, pause } from '../../base/delay.js';
import { explain } from '../../base/errors.js';
import { millis } from '../../base/units.js';
import type { Bus } from '../../platform/mqtt/message-bus.js';
import type { Outbox } from './journal.js';

interface DeliveryDependencies {
  readonly outbox: Outbox;
  readonly bus: Bus;
  /** Once for each row of failures. */
  readonly onFault?: (detail: string) => void;
}

/** Few enough that a stop or a crash repeats little: what was sent and not yet noted goes out again, with the same id. */
const BATCH = 32;
/** How soon a decision is sent; each check costs one indexed read. */
const CHECK_INTERVAL = millis(200);
const BACKOFF: Backoff = { first: millis(500), factor: 2, longest: millis(5000) };

/** Runs until the signal aborts. One message is under way at a time, so that order holds. */
export async function deliver(
  { outbox, bus, onFault }: DeliveryDependencies,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    const fault = bus.connected ? await deliverBatch(outbox, bus, signal) : undefined;
    if (fault !== undefined && failures === 0) onFault?.(fault);
    failures = fault === undefined ? 0 : failures + 1;
    await pause(failures === 0 ? CHECK_INTERVAL : delayAfter(failures, BACKOFF), signal);
  }
}

/** @returns what went wrong. */
async function deliverBatch(outbox: Outbox, bus: Bus, signal: AbortSignal): Promise<string | undefined> {
  const sent: string[] = [];
  try {
    for (const { id, topic, payload } of await outbox.pending(BATCH)) {
      if (signal.aborted) break;
      const result = await bus.publish(topic, payload, { qos: 1 });
      if (result !== 'sent') return await noted(`The broker did not take ${topic}: '${result}'.`);
      sent.push(id);
    }
    return await noted(undefined);
  } catch (error) {
    // A database that cannot be read or written now may recover; the messages are still in it.
    return explain(error);
  }

  async function noted(fault: string | undefined): Promise<string | undefined> {
    if (sent.length > 0) await outbox.delivered(sent);
    return fault;
  }
}
