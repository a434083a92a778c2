/** kill -9 of a process that writes, at any moment: while it opens, in the middle of a transaction, in a checkpoint. */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { modelDigest } from '../../../src/base/ids.js';
import { openGallery } from '../../../src/records/people/sql-gallery.js';
import { openDatabase } from '../../../src/records/sql/sqlite/sqlite-database.js';
import { until } from '../../until.js';
import { bundled } from '../bundle.js';
import { chance } from '../chance.js';
import { faultsOf } from '../check-database.js';
import type { Row } from '../row.js';
import { durableOf, startWriter, type Written } from '../writer-process.js';

const FILES = 2;
/** One kill in eight comes while the file is still being opened. */
const EARLY = 8;

export const killDatabase: Row = {
  name: 'kill-database',
  claim: 'after kill -9 the database is whole, holds the old state or the new, and every acknowledged row',
  short: 200,
  long: 2000,
  async run({ n, folder, scope }) {
    const program = await bundled(scope, 'writer');
    const found = await Promise.all(
      Array.from({ length: FILES }, async (_, number) => {
        const luck = chance(200 + number);
        const file = path.join(folder, `${number}`, 'twinstile.db');
        const failures: string[] = [];
        const durable: { seq: number; hash: string }[] = [];
        let rounds = 0;
        for (let kill = number; kill < n; kill += FILES) {
          const writer = startWriter([process.execPath, program, file]);
          if (luck.below(EARLY) === 0) await sleep(luck.below(150));
          else {
            await until(() => writer.said.length > 0 || writer.ended, 'it writes');
            await sleep(luck.below(50));
          }
          await writer.kill();
          durable.push(...durableOf(writer.said));
          rounds = Math.max(rounds, ...writer.said.map(({ round }: Written) => round ?? 0));
          // All rows every twentieth time, the newest ones each time.
          const asked = kill % 20 < FILES ? durable : durable.slice(-50);
          const { faults, round } = await roundOf(file, rounds);
          rounds = round;
          for (const fault of [...(await faultsOf(file, asked)), ...faults])
            failures.push(`kill ${kill}: ${fault}`);
        }
        return { failures, rows: durable.length };
      }),
    );
    return {
      n,
      failures: found.flatMap(({ failures }) => failures),
      note: `${found.reduce((sum, { rows }) => sum + rows, 0)} acknowledged rows`,
    };
  },
};

/** Both people of one round, and that the last one known (acknowledged, or found before) or the one after it. */
async function roundOf(
  file: string,
  known: number,
): Promise<{ readonly round: number; readonly faults: readonly string[] }> {
  const database = await openDatabase(file);
  try {
    const gallery = await openGallery(database, Buffer.alloc(32, 1));
    const people = (await gallery.list()).map(({ person, templates }) => [
      Number(person.name),
      templates.length,
    ]);
    const { matrix } = await gallery.snapshot(modelDigest('d'.repeat(64)), 128);
    await gallery.close();
    const round = people[0]?.[0] ?? 0;
    const whole = round === 0 ? [] : [round, 1, round, 1];
    const isLegal =
      people.flat().join() === whole.join() &&
      (round === known || round === known + 1) &&
      [...new Set(matrix)].join() === (round === 0 ? '' : `${round}`);
    return { round, faults: isLegal ? [] : [`people ${people.join(' ')} after round ${known}`] };
  } finally {
    await database.close();
  }
}
