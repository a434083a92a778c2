/** Checks what the broker delivers to this box: its own messages, and badges of readers that the lanes can parse. */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { pause } from '../../base/delay.js';
import { laneId, siteId } from '../../base/ids.js';
import { escapeForbidden } from '../../base/names.js';
import { type Millis, millis } from '../../base/units.js';
import { readMessage } from '../../gate/protocol/gate-messages.js';
import { laneTopics } from '../../gate/protocol/topics.js';
import type { Bus, Published } from '../../platform/mqtt/message-bus.js';
import type { Config } from '../config/config-schema.js';
import { type Finding, warning } from './finding.js';

interface Delivery {
  readonly topic: string;
  readonly published: Published;
  readonly isHeard: boolean;
}

const WAIT: Millis = millis(2000);
const CHECK_INTERVAL: Millis = millis(20);

/**
 * Mosquitto grants a subscription that its access list forbids, and delivers nothing: only a message that comes back shows that
 * the list allows it.
 * Publishes on each topic and waits until the message has come back. @param bus connected, or about to be.
 */
async function tryDelivery(bus: Bus, topics: readonly string[]): Promise<readonly Delivery[]> {
  // No program subscribes to this name, and no message of another client is mistaken for this one.
  const word = `doctor ${randomBytes(8).toString('hex')}`;
  const received = new Set<string>();
  for (const topic of topics)
    bus.subscribe(topic, ({ payload }) => {
      if (Buffer.from(payload).toString() === word) received.add(topic);
    });
  // Subscriptions are sent before messages, on the same connection and in this order.
  const published = await Promise.all(topics.map((topic) => bus.publish(topic, word, { qos: 1 })));
  await waitFor(() => received.size >= topics.length);
  return topics.map((topic, index) => ({
    topic,
    published: published[index] ?? 'not-connected',
    isHeard: received.has(topic),
  }));
}

/** Until it holds, at most as long as a message takes that comes back. */
export async function waitFor(condition: () => boolean): Promise<void> {
  for (let waited = 0; waited < WAIT && !condition(); waited += CHECK_INTERVAL) await pause(CHECK_INTERVAL);
}

export const LIST =
  'Allow what `twinstile config access-list` prints, word for word: a narrower rule can pass this and stop a badge.';

/** @param refused topics that the broker refused. @returns a description of the problem. */
export async function faultOfDelivery(
  bus: Bus,
  probes: readonly string[],
  refused: readonly string[],
): Promise<string | undefined> {
  const tried = await tryDelivery(bus, probes);
  const forbidden = [
    ...refused,
    ...tried.filter(({ published }) => published !== 'sent').map(({ topic }) => topic),
  ];
  if (forbidden.length > 0) return `The broker refuses ${forbidden.join(' and ')}.`;
  const silent = tried.filter(({ isHeard }) => !isHeard).map(({ topic }) => topic);
  if (silent.length === 0) return undefined;
  return `The broker takes the subscription to ${silent.join(' and ')} and delivers nothing: its list forbids reading.`;
}

/** @returns whether the broker keeps two connections of one login apart, as a box needs it. */
export async function keepsApart(open: (onLost: () => void) => Bus): Promise<boolean> {
  let lost = 0;
  const buses = [0, 1].map(() =>
    open(() => {
      lost += 1;
    }),
  );
  try {
    await waitFor(() => lost > 0);
    return lost === 0;
  } finally {
    await Promise.all(buses.map((bus) => bus.close()));
  }
}

const text = z.string().max(400).transform(escapeForbidden);
const stateWithReaders = z.object({
  readers: z.array(z.object({ reader: text.nullable(), problem: text, since: text })).max(64),
});
const MAX_STATE = 64 * 1024;

/**
 * Checks that every reader sends badges that the lanes can parse, from the state that the running service keeps at the broker.
 * Subscribe before the bus is connected. @returns a function that returns the states received so far.
 */
export function listenToReaders(
  { site, lanes }: Pick<Config, 'site' | 'lanes'>,
  bus: Pick<Bus, 'subscribe'>,
): () => readonly Finding[] {
  const received = new Map<string, readonly Finding[]>();
  for (const { id } of lanes)
    bus.subscribe(laneTopics(siteId(site), laneId(id)).state, ({ payload }) => {
      const state = readMessage(stateWithReaders, payload, MAX_STATE);
      received.set(
        id,
        (state?.readers ?? []).map((fault) => findingOf(id, fault)),
      );
    });
  return () => [...received.values()].flat();
}

function findingOf(
  lane: string,
  { reader, problem, since }: z.infer<typeof stateWithReaders>['readers'][number],
): Finding {
  const which = reader === null ? 'A reader that does not say its name' : `Reader ${reader}`;
  return warning(
    `readers ${lane}`,
    `${which} sends badges that are not understood, since ${since}: ${problem}`,
    'Let it publish messages as in docs/PROTOCOL.md, "badge": {"v":1,"badge":"…","reader":"…","read":"…"}.',
  );
}
