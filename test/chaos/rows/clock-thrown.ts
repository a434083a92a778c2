/** The wall clock is thrown to 1970 and to 2036 in the middle of a working lane. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openDatabase } from '../../../src/records/sql/sqlite/sqlite-database.js';
import { openJournal } from '../../../src/records/sql/sqlite/sqlite-journal.js';
import { brokerFor } from '../../service/demo/broker-for.js';
import { until } from '../../until.js';
import { openBox } from '../box.js';
import { chance } from '../chance.js';
import { faultsOf } from '../check-database.js';
import type { Row } from '../row.js';

const YEARS = [1970, 2036, 2026] as const;

export const clockThrown: Row = {
  name: 'clock-thrown',
  claim:
    'a wall clock that jumps to 1970, to 2036 and back ends nothing, opens nothing twice, and leaves a chain that verifies',
  short: 6,
  long: 300,
  async run({ n, folder, scope }) {
    const shim = path.join(folder, 'clock-shift.so');
    try {
      const source = fileURLToPath(new URL('../programs/clock-shift.c', import.meta.url));
      await promisify(execFile)('cc', ['-shared', '-fPIC', '-O1', '-o', shim, source, '-ldl']);
    } catch {
      return { skipped: 'needs a C compiler (cc)' };
    }
    const luck = chance(17);
    const shift = path.join(folder, 'shift');
    await writeFile(shift, '0');
    const database = path.join(folder, 'box', 'twinstile.db');
    const broker = await brokerFor(scope);
    const env = { LD_PRELOAD: shim, CLOCK_SHIFT: shift };
    const box = await openBox(scope, { url: broker.url, database, lane: 'clock' }, { env });
    const failures: string[] = [];
    const decisions: string[] = [];
    for (let trial = 0; trial < n; trial += 1) {
      const year = YEARS[trial % YEARS.length] ?? 2026;
      const seconds = year === 2026 ? 0 : Math.round((Date.UTC(year, 0, 2) - Date.now()) / 1000);
      // Replaced and not rewritten: the clock must not be read from half a file.
      await writeFile(shift, `${seconds}`.padEnd(20));
      const mark = box.said.length;
      const before = box.releases.length;
      await sleep(luck.below(300));
      await until(() => box.granted(mark) > 0 && box.releases.length > before, `opens in ${year}`).catch(() =>
        failures.push(`in ${year} nobody was let in any more: ${box.words}`),
      );
      if (!box.alive) failures.push(`core ended in ${year}: ${box.words}`);
      decisions.push(`${year}`);
    }
    await box.kill('SIGTERM');
    const rows = box.since(0, 'durable') as unknown as readonly { seq: number; hash: string }[];
    for (const fault of await faultsOf(database, rows)) failures.push(fault);
    if (new Set(box.releases.map(({ grant }) => grant)).size !== box.releases.length)
      failures.push('a grant opened twice');
    const years = new Set(await yearsIn(database));
    for (const year of new Set(decisions))
      if (!years.has(year)) failures.push(`the clock never showed ${year}`);
    return { n, failures };
  },
};

/** So that a shim that shifts nothing is noticed. */
async function yearsIn(file: string): Promise<readonly string[]> {
  const database = await openDatabase(file);
  const rows = await openJournal(database).walk(0, 100_000);
  await database.close();
  return rows.map(({ at }) => `${new Date(at).getUTCFullYear()}`);
}
