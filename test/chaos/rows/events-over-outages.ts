/** The outbox over a network that breaks again and again, in the middle of messages too. */
import path from 'node:path';
import { wallTime } from '../../../src/base/units.js';
import { connectBus } from '../../../src/platform/mqtt/reconnecting-bus.js';
import { deliver } from '../../../src/records/journal/deliver.js';
import { openDatabase } from '../../../src/records/sql/sqlite/sqlite-database.js';
import { openJournal } from '../../../src/records/sql/sqlite/sqlite-journal.js';
import { brokerFor } from '../../service/demo/broker-for.js';
import { until } from '../../until.js';
import { chance } from '../chance.js';
import { openProxy } from '../proxy.js';
import type { Row } from '../row.js';

/** Side by side: most of an outage is waiting. */
const BOXES = 5;

export const eventsOverOutages: Row = {
  name: 'events-over-outages',
  claim:
    'no event is lost over outages, none comes out of order, and none is new twice to a consumer that drops known ids',
  short: 50,
  long: 1000,
  async run({ n, folder, scope }) {
    const broker = await brokerFor(scope);
    const consumer = connectBus({ url: broker.url, clientId: 'consumer' });
    scope.after(() => consumer.close());
    await until(() => consumer.connected, 'the consumer listens');
    const found = await Promise.all(
      Array.from({ length: BOXES }, async (_, number) => {
        const luck = chance(80 + number);
        const topic = `events/${number}`;
        const heard: string[] = [];
        let repeats = 0;
        consumer.subscribe(topic, ({ payload }) => {
          const id = Buffer.from(payload).toString().slice(0, 12);
          if (heard.includes(id)) repeats += 1;
          else heard.push(id);
        });
        const proxy = await openProxy(scope, broker.url);
        const database = await openDatabase(path.join(folder, `box-${number}`, 'twinstile.db'));
        const journal = openJournal(database);
        const bus = connectBus({ url: proxy.url, clientId: `box-${number}` });
        const stop = new AbortController();
        const delivering = deliver({ outbox: journal, bus }, stop.signal);
        scope.after(async () => {
          stop.abort();
          await delivering;
          await bus.close();
          await database.close();
        });
        const said: string[] = [];
        const say = async () => {
          const id = `${number}-${said.length}`.padEnd(12);
          said.push(id);
          const payload = id + 'x'.repeat(luck.below(4000));
          await journal.append(
            { kind: 'decision', subject: id, at: wallTime(said.length), body: {} },
            { id, topic, payload },
          );
        };
        const outages = Math.floor((n + number) / BOXES);
        for (let outage = 0; outage < outages; outage += 1) {
          await until(() => bus.connected, 'connected');
          for (let each = luck.below(4); each >= 0; each -= 1) await say();
          if (luck.below(2) === 0) proxy.cut(luck.below(6000));
          else await new Promise((resolve) => setTimeout(resolve, luck.below(250)));
          proxy.refuse();
          await say();
          await new Promise((resolve) => setTimeout(resolve, luck.below(100)));
          proxy.mend();
        }
        await until(async () => (await journal.pending(1)).length === 0, 'everything delivered').catch(
          () => {},
        );
        const failures: string[] = [];
        const lost = said.filter((id) => !heard.includes(id));
        if (lost.length > 0) failures.push(`box ${number}: ${lost.length} of ${said.length} lost`);
        else if (heard.join() !== said.join()) failures.push(`box ${number}: out of order`);
        return { failures, events: said.length, repeats };
      }),
    );
    const sum = (of: (one: (typeof found)[number]) => number) =>
      found.reduce((total, one) => total + of(one), 0);
    return {
      n,
      failures: found.flatMap(({ failures }) => failures),
      note: `${sum(({ events }) => events)} events, ${sum(({ repeats }) => repeats)} repeats with a known id`,
    };
  },
};
