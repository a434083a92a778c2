/** The broker dies with a grant on its way, and comes back. */
import { brokerFor } from '../../service/demo/broker-for.js';
import { until } from '../../until.js';
import { chance } from '../chance.js';
import type { Row } from '../row.js';
import type { Scope } from '../scope.js';
import { openSite } from '../site.js';

/** Side by side: most of a trial is waiting for the connection to come back. */
const SITES = 5;
const OLDEST_MS = 2000;

export const brokerKilled: Row = {
  name: 'broker-killed',
  claim:
    'no opening from a grant older than 2 s, none twice, and the lane never says that a gate stayed shut which opened',
  short: 50,
  long: 1000,
  async run({ n, scope }) {
    const kills = Array.from({ length: SITES }, (_, site) => Math.floor((n + site) / SITES));
    const found = await Promise.all(kills.map((count, site) => killOften(scope, count, site)));
    return {
      n,
      failures: found.flatMap(({ failures }) => failures),
      note: `${found.reduce((sum, { opened }) => sum + opened, 0)} opened before the broker was gone`,
    };
  },
};

async function killOften(scope: Scope, kills: number, number: number) {
  const luck = chance(40 + number);
  const broker = await brokerFor(scope);
  const site = openSite(scope, broker.url, `s${number}`);
  const askedAt = new Map<string, number>();
  const ends = new Map<string, string>();
  for (let kill = 0; kill < kills; kill += 1) {
    await until(() => site.client.alive && site.gate.connected, 'the gate is heard');
    const id = `g-${kill}`;
    askedAt.set(id, performance.now());
    const request = site.open(id);
    await new Promise((resolve) => setTimeout(resolve, luck.below(8)));
    await broker.cut();
    ends.set(id, (await request).outcome);
    await broker.restore();
  }
  await until(() => site.client.alive, 'the gate is heard');
  // Whatever is still waiting somewhere would come now.
  await new Promise((resolve) => setTimeout(resolve, OLDEST_MS));
  const failures: string[] = [];
  for (const { grant, at } of site.releases) {
    const age = at - (askedAt.get(grant) ?? Number.NEGATIVE_INFINITY);
    if (!(age <= OLDEST_MS)) failures.push(`${grant} opened ${Math.round(age)} ms after it was asked for`);
    const end = ends.get(grant) ?? '';
    if (end === 'broker-disconnected' || end === 'gate-offline' || end === 'refused')
      failures.push(`${grant} opened, and the lane said ${end}`);
  }
  const opened = new Set(site.releases.map(({ grant }) => grant)).size;
  if (opened !== site.releases.length) failures.push('a grant opened twice');
  for (const [grant, end] of ends)
    if (end === 'opened' && !site.releases.some((one) => one.grant === grant))
      failures.push(`${grant} did not open, and the lane said that it did`);
  return { failures, opened };
}
