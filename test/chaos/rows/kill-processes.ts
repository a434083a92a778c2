/** kill -9 of core, of its vision process or of the broker, at any moment of a working lane. */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { brokerFor } from '../../service/demo/broker-for.js';
import { openBox, signalTo } from '../box.js';
import { chance } from '../chance.js';
import { faultsOf } from '../check-database.js';
import type { Row } from '../row.js';
import type { Scope } from '../scope.js';

const BOXES = 3;
/** Milliseconds. Three boxes start anew beside each other, on a machine that may be busy; what it took is told. */
const MAX_WAY_BACK = 30_000;

export const killProcesses: Row = {
  name: 'kill-processes',
  claim:
    'after kill -9 of core, vision or broker the lane works again by itself, the database is whole, every acknowledged row is there, and no gate opened without a row written before',
  short: 24,
  long: 1000,
  async run({ n, folder, scope }) {
    const found = await Promise.all(
      Array.from({ length: BOXES }, (_, box) =>
        killOften(scope, path.join(folder, `${box}`, 'twinstile.db'), Math.floor((n + box) / BOXES), box),
      ),
    );
    return {
      n,
      failures: found.flatMap(({ failures }) => failures),
      note: `${found.reduce((sum, { opened }) => sum + opened, 0)} openings between the kills, the slowest ${(Math.max(...found.map(({ slowest }) => slowest)) / 1000).toFixed(1)} s after one`,
    };
  },
};

async function killOften(scope: Scope, database: string, kills: number, number: number) {
  const luck = chance(100 + number);
  const broker = await brokerFor(scope);
  const box = await openBox(scope, { url: broker.url, database, lane: `k${number}` });
  const failures: string[] = [];
  let slowest = 0;
  for (let kill = 0; kill < kills; kill += 1) {
    await sleep(luck.below(1200));
    const mark = box.said.length;
    const victim = luck.pick(['core', 'core', 'vision', 'broker'] as const);
    if (victim === 'core') {
      await box.kill();
      const durable = box.since(0, 'durable') as unknown as readonly { seq: number; hash: string }[];
      for (const fault of await faultsOf(database, durable)) failures.push(`after ${victim}: ${fault}`);
      box.start();
    }
    const vision = box.pidOf('vision');
    if (victim === 'vision' && typeof vision === 'number') signalTo(vision, 'SIGKILL');
    if (victim === 'broker') {
      await broker.cut();
      await broker.restore();
    }
    // The lane itself proves that it works again: somebody is let in.
    const openings = box.releases.length;
    const end = performance.now() + MAX_WAY_BACK;
    while (box.releases.length <= openings || box.granted(mark) === 0) {
      if (performance.now() > end) {
        const said = box.said.slice(mark).map(({ kind }) => kind);
        failures.push(
          `did not open again after ${victim} was killed; core said ${said.join(', ') || 'nothing'}: ${box.words}`,
        );
        break;
      }
      await sleep(10);
    }
    slowest = Math.max(slowest, performance.now() - end + MAX_WAY_BACK);
  }
  await box.kill('SIGTERM');
  const durable = box.since(0, 'durable');
  for (const fault of await faultsOf(
    database,
    durable as unknown as readonly { seq: number; hash: string }[],
  ))
    failures.push(`at the end: ${fault}`);
  // The pipe to us may be slower than the way over the broker, but not by much.
  for (const { grant, at } of box.releases)
    if (!durable.some((row) => row.subject === grant && row.row === 'decision' && row.at <= at + 1000))
      failures.push(`${grant} opened without a row`);
  if (new Set(box.releases.map(({ grant }) => grant)).size !== box.releases.length)
    failures.push('a grant opened twice');
  return { failures, slowest, opened: box.releases.length };
}
