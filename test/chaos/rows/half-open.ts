/** The network swallows everything and nobody is told: the box must notice by itself. */
import { brokerFor } from '../../service/demo/broker-for.js';
import { until } from '../../until.js';
import { chance } from '../chance.js';
import { openProxy } from '../proxy.js';
import type { Row } from '../row.js';
import { openSite } from '../site.js';

const NOTICED_MS = 5000;
const BACK_MS = 2000;
/** Side by side: a trial is waiting. */
const SITES = 5;

export const halfOpen: Row = {
  name: 'half-open',
  claim: `a connection that swallows everything is noticed within ${NOTICED_MS} ms, and a lane is back within ${BACK_MS} ms of the broker`,
  short: 10,
  long: 200,
  async run({ n, scope }) {
    const broker = await brokerFor(scope);
    const failures: string[] = [];
    let slowest = 0;
    let slowestBack = 0;
    await Promise.all(
      Array.from({ length: SITES }, async (_, number) => {
        const luck = chance(60 + number);
        const proxy = await openProxy(scope, broker.url);
        const { lane, client, open, releases } = openSite(scope, broker.url, `h${number}`, proxy.url);
        for (let trial = number; trial < n; trial += SITES) {
          await until(() => lane.connected && client.alive, 'connected');
          proxy.silence();
          const start = performance.now();
          const request = luck.below(2) === 0 ? open(`g-${trial}`) : undefined;
          await until(() => !lane.connected, 'noticed');
          const noticed = performance.now() - start;
          const end = (await request)?.outcome;
          if (end === 'opened') failures.push('opened through a network that carries nothing');
          const before = releases.length;
          // Down for a while: a broker that is away refuses, a network that is back lets through.
          proxy.refuse();
          proxy.resume();
          await new Promise((resolve) => setTimeout(resolve, luck.below(1500)));
          proxy.mend();
          const mended = performance.now();
          await until(() => lane.connected, 'back');
          const back = performance.now() - mended;
          if (releases.length > before) failures.push('a grant opened after the network came back');
          slowest = Math.max(slowest, noticed);
          slowestBack = Math.max(slowestBack, back);
          if (noticed > NOTICED_MS) failures.push(`noticed after ${Math.round(noticed)} ms`);
          if (back > BACK_MS) failures.push(`back after ${Math.round(back)} ms`);
        }
      }),
    );
    return {
      n,
      failures,
      note: `noticed within ${Math.round(slowest)} ms, back within ${Math.round(slowestBack)} ms`,
    };
  },
};
