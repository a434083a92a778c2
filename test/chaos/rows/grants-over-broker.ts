/** The same attacks over a real broker, retained ones among them. */

import { gateId, grantId } from '../../../src/base/ids.js';
import { grantMessage, readMessage } from '../../../src/gate/protocol/gate-messages.js';
import { connectBus } from '../../../src/platform/mqtt/reconnecting-bus.js';
import { grantBytes, keyPair } from '../../gate/protocol/sample.js';
import { brokerFor } from '../../service/demo/broker-for.js';
import { until } from '../../until.js';
import { chance, mutated } from '../chance.js';
import type { Row } from '../row.js';
import { openSite } from '../site.js';

export const grantsOverBroker: Row = {
  name: 'grants-over-broker',
  claim: 'whatever a stranger publishes to the gate, retained or not, opens nothing',
  short: 2000,
  long: 20_000,
  async run({ n, scope }) {
    const luck = chance(3);
    const broker = await brokerFor(scope);
    const site = openSite(scope, broker.url, 'a');
    const stranger = connectBus({ url: broker.url, clientId: 'stranger' });
    scope.after(() => stranger.close());
    const caught: Uint8Array[] = [];
    let challenge = '';
    stranger.subscribe(site.topics.grant, ({ payload, retained }) => {
      if (!retained && caught.length < 200) caught.push(Uint8Array.from(payload));
    });
    stranger.subscribe(site.topics.challenge, ({ payload }) => {
      challenge = JSON.parse(Buffer.from(payload).toString()).challenge;
    });
    await until(() => site.client.alive && challenge !== '', 'everybody hears the gate');

    const good = new Set<string>();
    const other = keyPair().signing;
    const sign = (key: typeof other, change = {}) =>
      grantBytes(
        key,
        { gate: site.gateId, challenge, id: grantId(`x-${luck.below(1e9)}`), ...change },
        {},
        { ...site.place, protocol: 2 },
      );
    const damaged = () => {
      const good = sign(site.keys.signing);
      const changed = mutated(good, luck);
      // A change that changes nothing of what it says, such as a field that comes twice, is a good grant.
      const said = (bytes: Uint8Array) => JSON.stringify(readMessage(grantMessage, bytes));
      return said(changed) === said(good) ? sign(other) : changed;
    };
    const kinds: readonly (() => Uint8Array)[] = [
      () => sign(other),
      () => sign(site.keys.signing, { gate: gateId('gate-b') }),
      damaged,
      () => (caught.length === 0 ? sign(other) : luck.pick(caught)),
      () => sign(site.keys.signing, { challenge: 'ab'.repeat(16) }),
      () => sign(site.keys.signing),
    ];
    const retained = kinds.length - 1;
    for (let trial = 0; trial < n; trial += 1) {
      const kind = luck.below(kinds.length);
      const bytes = kinds[kind]?.() ?? sign(other);
      // The last kind is perfectly good but for being retained.
      await stranger.publish(site.topics.grant, bytes, {
        qos: trial % 20 === 0 ? 1 : 0,
        retain: kind === retained,
      });
      if (trial % 250 !== 0) continue;
      const id = `good-${trial}`;
      good.add(id);
      const end = await site.open(id);
      if (end.outcome !== 'opened')
        return { n: trial + 1, failures: [`a good grant ended as ${JSON.stringify(end)}`] };
    }
    await site.open('last');
    good.add('last');
    const failures = site.releases
      .filter(({ grant }) => !good.has(grant))
      .map(({ grant }) => `${grant} opened`);
    if (site.releases.length > good.size)
      failures.push(`${site.releases.length} openings of ${good.size} grants`);
    return { n, failures, note: `${good.size} good ones among them opened` };
  },
};
