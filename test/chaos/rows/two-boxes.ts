/** Two boxes of one site on one broker, and somebody who guesses the names of their connections. */

import { siteId } from '../../../src/base/ids.js';
import { siteTopics } from '../../../src/gate/protocol/topics.js';
import { connectBus } from '../../../src/platform/mqtt/reconnecting-bus.js';
import type { Config } from '../../../src/service/config/config-schema.js';
import { connectOutbox } from '../../../src/service/daemon/outbox-connection.js';
import { brokerFor } from '../../service/demo/broker-for.js';
import { until } from '../../until.js';
import type { Row } from '../row.js';

const { galleryRevoked } = siteTopics(siteId('chaos'));

export const twoBoxes: Row = {
  name: 'two-boxes',
  claim:
    'two boxes of one site and one name lose no connection and no revocation to each other or to a guessed name',
  short: 60,
  long: 5000,
  async run({ n, scope }) {
    const broker = await brokerFor(scope);
    const failures: string[] = [];
    const heard = [0, 0];
    let isOver = false;
    const boxes = [0, 1].map((number) => {
      const config = { site: 'chaos', gallery: { fleet: { device: 'box' } } } as unknown as Config;
      const takeovers = { note: () => void failures.push(`box ${number} was taken over`) };
      const bus = connectOutbox(config, { url: broker.url }, { log: { warn: () => {} }, takeovers });
      bus.onConnection((connected) => {
        if (!connected && !isOver) failures.push(`box ${number} lost its connection`);
      });
      bus.subscribe(galleryRevoked, () => {
        heard[number] = (heard[number] ?? 0) + 1;
      });
      scope.after(() => {
        isOver = true;
        return bus.close();
      });
      return bus;
    });
    const registrar = connectBus({ url: broker.url, clientId: 'registrar' });
    scope.after(() => registrar.close());
    await until(() => [registrar, ...boxes].every(({ connected }) => connected), 'connected');
    await until(async () => {
      await registrar.publish(galleryRevoked, '{}', { qos: 1 });
      return heard.every((count) => count > 0);
    }, 'everybody listens');
    const before = [...heard];
    for (let trial = 0; trial < n; trial += 1) {
      await registrar.publish(galleryRevoked, '{}', { qos: 1 });
      if (trial % 10 !== 0) continue;
      // As the names were once, and as somebody might think that they are.
      const clientId = trial % 20 === 0 ? 'twinstile-chaos-outbox' : 'twinstile-chaos-box-outbox';
      const guess = connectBus({ url: broker.url, clientId });
      await until(() => guess.connected, 'a guess is connected');
      await guess.close();
    }
    const isAll = () => heard.every((count, box) => count - (before[box] ?? 0) >= n);
    await until(isAll, 'everything has arrived').catch(() => {});
    if (!isAll()) failures.push(`heard ${heard.join(' and ')} revocations of ${n}`);
    return { n, failures, note: `${n} revocations to 2 boxes` };
  },
};
