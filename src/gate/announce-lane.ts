/** Publishes a lane's discovery message to Home Assistant. */

import { pause } from '../base/delay.js';
import { millis } from '../base/units.js';
import type { Bus, Published } from '../platform/mqtt/message-bus.js';
import type { Discovery } from './home-assistant-discovery.js';

interface HomeAssistantDependencies {
  readonly bus: Bus;
  readonly discovery: Discovery;
  /** Where Home Assistant publishes `online` and `offline`, usually "homeassistant/status". */
  readonly statusTopic: string;
  /** The broker did not take the message: usually its access list forbids the topic. */
  readonly onProblem?: (published: Published) => void;
  /** Absent: in real time. */
  readonly wait?: typeof pause;
}

interface Announcement {
  /** Removes the lane from Home Assistant, and announces it no more. */
  withdraw(): Promise<Published>;
}

/**
 * Several births in a row are answered once, and Home Assistant has time to subscribe.
 * A flood on the status topic causes one message a second.
 */
const SETTLE = millis(1000);
const ONLINE = 'online';

/**
 * Publishes at each connection and at each birth of Home Assistant, until withdrawn or until the signal aborts.
 *
 * A birth that is retained counts as well: a site may have its births retained, and our subscriptions keep the flag on what
 * arrives live. That is harmless: the message is the same each time, and opens nothing.
 */
export function announceToHomeAssistant(
  { bus, discovery: { topic, payload }, statusTopic, onProblem, wait = pause }: HomeAssistantDependencies,
  signal: AbortSignal,
): Announcement {
  let withdrawn = false;
  let due = false;

  const publish = async () => {
    if (withdrawn || signal.aborted || !bus.connected) return;
    const published = await bus.publish(topic, payload, { qos: 1, retain: true });
    // When the connection is back it is published anyway.
    if (published !== 'sent' && published !== 'not-connected') onProblem?.(published);
  };
  const publishSoon = async () => {
    if (due) return;
    due = true;
    await wait(SETTLE, signal);
    due = false;
    await publish();
  };

  bus.onConnection((connected) => {
    if (connected) void publish();
  });
  bus.subscribe(statusTopic, ({ payload: status }) => {
    // A longer payload is no status, and is not read.
    return status.length === ONLINE.length && Buffer.from(status).toString() === ONLINE
      ? publishSoon()
      : undefined;
  });
  void publish();

  return {
    withdraw: () => {
      withdrawn = true;
      return removeFromHomeAssistant(bus, topic);
    },
  };
}

/** For a lane that is announced no more: an empty payload clears what the broker retains and removes the device. */
export const removeFromHomeAssistant = (bus: Bus, topic: string): Promise<Published> =>
  bus.publish(topic, '', { qos: 1, retain: true });
