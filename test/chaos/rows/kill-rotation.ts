/** kill -9 in the middle of a key rotation. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { explain } from '../../../src/base/errors.js';
import { wallTime } from '../../../src/base/units.js';
import { openGallery } from '../../../src/records/people/sql-gallery.js';
import { backUp, backupsIn } from '../../../src/records/sql/sqlite/sqlite-backup.js';
import { openDatabase } from '../../../src/records/sql/sqlite/sqlite-database.js';
import { settleKey } from '../../../src/service/setup/rotate-gallery-key.js';
import { ada, KEY, peopled, VECTOR } from '../../records/sql/sqlite/people.js';
import { bundled } from '../bundle.js';
import { chance } from '../chance.js';
import type { Row } from '../row.js';

export const killRotation: Row = {
  name: 'kill-rotation',
  claim: 'after kill -9 in the middle of a key rotation one key file opens the database and every backup',
  short: 30,
  long: 500,
  async run({ n, folder, scope }) {
    const program = await bundled(scope, 'rotator');
    const luck = chance(23);
    const file = path.join(folder, 'data', 'twinstile.db');
    const key = path.join(folder, 'gallery.key');
    const backups = path.join(folder, 'backups');
    await writeFile(key, KEY);
    const { database } = await peopled(file);
    for (const day of [1, 2]) await backUp(database, backups, wallTime(day * 86_400_000));
    await database.close();
    const failures: string[] = [];
    let turned = 0;
    for (let kill = 0; kill < n; kill += 1) {
      const before = await readFile(key);
      const child = spawn(process.execPath, [program, file, key, backups], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
      await sleep(luck.below(80));
      child.kill('SIGKILL');
      await once(child, 'close');
      for (const fault of await faults(file, key, backups)) failures.push(`kill ${kill}: ${fault}`);
      if (!before.equals(await readFile(key))) turned += 1;
    }
    return { n, failures, note: `${turned} times the new key was in place` };
  },
};

async function faults(file: string, key: string, backups: string): Promise<readonly string[]> {
  const found: string[] = [];
  const database = await openDatabase(file);
  await settleKey(database, key, backups);
  await database.close();
  for (const each of [file, ...(await backupsIn(backups)).map((one) => one.file)]) {
    const opened = await openDatabase(each);
    try {
      const gallery = await openGallery(opened, await readFile(key));
      const [template] = await gallery.vectors(ada);
      if (
        template === undefined ||
        Buffer.compare(Buffer.from(template.vector.buffer), Buffer.from(VECTOR.buffer)) !== 0
      )
        found.push(`${path.basename(each)} lost a template`);
      await gallery.close();
    } catch (error) {
      found.push(`${path.basename(each)}: ${explain(error)}`);
    } finally {
      await opened.close();
    }
  }
  return found;
}
