/** A network so slow that grants come late: they open in time or not at all, and the lane says which. */
import { brokerFor } from '../../service/demo/broker-for.js';
import { until } from '../../until.js';
import { openProxy } from '../proxy.js';
import type { Row } from '../row.js';
import { openSite } from '../site.js';

const OLDEST_MS = 2000;

export const slowNetwork: Row = {
  name: 'slow-network',
  claim:
    'over a network of 20 to 1,500 ms each way no grant opens later than 2 s after its challenge was issued, and none twice',
  short: 24,
  long: 600,
  async run({ n, scope }) {
    const broker = await brokerFor(scope);
    const delays = [20, 100, 240, 400, 700, 1000, 1250, 1500];
    const failures: string[] = [];
    let opened = 0;
    await Promise.all(
      delays.map(async (delayMs, number) => {
        const proxy = await openProxy(scope, broker.url, { delayMs });
        const site = openSite(scope, broker.url, `w${number}`, proxy.url);
        const asked = new Map<string, number>();
        await until(() => site.lane.connected, 'connected');
        for (let trial = number; trial < n; trial += delays.length) {
          await new Promise((resolve) => setTimeout(resolve, 700));
          asked.set(`g-${trial}`, performance.now());
          const { outcome } = await site.open(`g-${trial}`);
          if (outcome === 'refused' || outcome === 'opened') continue;
          // May still be on its way.
          await new Promise((resolve) => setTimeout(resolve, 2 * delayMs));
        }
        for (const { grant, at } of site.releases) {
          opened += 1;
          const age = at - (asked.get(grant) ?? Number.NEGATIVE_INFINITY) + delayMs;
          if (!(age <= OLDEST_MS + 500))
            failures.push(`${grant} opened ${Math.round(age)} ms after its challenge`);
        }
        if (new Set(site.releases.map(({ grant }) => grant)).size !== site.releases.length)
          failures.push('a grant opened twice');
      }),
    );
    return { n, failures, note: `${opened} opened in time` };
  },
};
