/** Whoever reads a topic that a stranger chose, and topics that strangers may choose. */

import { laneId, siteId } from '../../src/base/ids.js';
import { monotonic, wallTime } from '../../src/base/units.js';
import { readLaneReport } from '../../src/fleet/status/lane-status.js';
import { laneTopics, siteTopics } from '../../src/gate/protocol/topics.js';
import { createDroppedMessages } from '../../src/lane/dropped-messages.js';
import { listenForCommands } from '../../src/lane/lane-commands.js';
import { type BusMessage, filterTakes } from '../../src/platform/mqtt/message-bus.js';
import { type Chance, mutated } from './chance.js';

const MAX_LENGTH = 65_535;

/** Long names, deep levels, NUL, wildcards and random bytes, in the place of one level or of all. */
export function damagedTopic(good: string, luck: Chance): string {
  const levels = good.split('/');
  const instead = luck.pick([
    () => 'x'.repeat(luck.below(3000)),
    () => '/'.repeat(luck.below(3000)),
    () => luck.pick(['', '\0', '+', '#', '$SYS', '..', '__proto__', 'constructor', 'ü'.repeat(65)]),
    () => String.fromCharCode(...Array.from({ length: 1 + luck.below(40) }, () => luck.below(65_536))),
  ])();
  const kind = luck.below(4);
  if (kind === 0) return mutated(Buffer.from(good), luck).toString('utf8');
  if (kind === 1) return `${good}/${instead}`;
  if (kind === 2) return instead.padEnd(luck.below(50) === 0 ? MAX_LENGTH : 0, 'y');
  return levels.with(luck.below(levels.length), instead).join('/');
}

export function topicTargets() {
  const topics = laneTopics(siteId('chaos'), laneId('north'));
  const site = siteTopics(siteId('chaos'));
  const clock = { monotonic: () => monotonic(performance.now()), wall: () => wallTime(Date.now()) };
  const listeners: ((message: BusMessage) => void)[] = [];
  const dropped = createDroppedMessages({ clock, base: topics.base });
  const bus = { subscribe: (_: string, listener: (message: BusMessage) => void) => listeners.push(listener) };
  const authority = () => ({ operators: new Map(), brokerUsers: new Map() });
  listenForCommands(
    { identity: { topics }, ports: { bus, clock } } as never,
    { authority, handlers: {} } as never,
    {
      record: {},
      start: () => true,
      drop: (topic: string, reason: string) => dropped.add(topic, reason),
    } as never,
    new AbortController().signal,
  );
  const order = Buffer.from(JSON.stringify({ v: 1, transaction: 't-1' }));
  return [
    {
      name: 'topic of an order',
      good: order,
      topic: `${topics.base}/command/open/desk`,
      take(payload: Uint8Array, topic: string) {
        for (const listener of listeners) listener({ topic, payload, retained: false });
        dropped.flush();
      },
    },
    {
      name: 'topic of a lane',
      good: Buffer.from('online'),
      topic: topics.state,
      take: (payload: Uint8Array, topic: string) => void readLaneReport(topic, payload),
    },
    {
      name: 'topic against filters',
      good: order,
      topic: site.galleryRevoked,
      take(_: Uint8Array, topic: string) {
        for (const filter of [topics.operator.commands, topics.operator.userCommands, 'twinstile/#', '+/+/+'])
          filterTakes(filter, topic);
      },
    },
  ];
}
