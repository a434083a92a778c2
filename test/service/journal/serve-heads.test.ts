/** The running service remembers what it signed: taking the file away does not make a journal whole that was cut off. */
import assert from 'node:assert/strict';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { wallTime } from '../../../src/base/units.js';
import { systemClock } from '../../../src/platform/system-clock.js';
import { recordAct } from '../../../src/records/journal/act.js';
import { openDatabase } from '../../../src/records/sql/sqlite/sqlite-database.js';
import { headFile, loadHead } from '../../../src/service/journal/head-files.js';
import { keepHead } from '../../../src/service/journal/keep-head.js';
import { serveHeads } from '../../../src/service/journal/serve-heads.js';
import { actsOfTest } from '../../fixtures/acts.js';
import { until } from '../../until.js';

const NOW = wallTime(Date.UTC(2026, 10, 20));

async function boxFor(t: TestContext) {
  const data = await mkdtemp(path.join(tmpdir(), 'twinstile-heads-'));
  t.after(() => rm(data, { recursive: true, force: true }));
  const database = await openDatabase(path.join(data, 'twinstile.db'));
  t.after(() => database.close());
  const config = { site: 'test', data_dir: data };
  const write = async (rows: number) => {
    for (let row = 0; row < rows; row += 1) await recordAct(database, actsOfTest, { act: 'person-changed' });
  };
  const cutOff = async (after: number) => {
    await database.write(async (sql) => {
      await sql.run('DELETE FROM journal WHERE seq > ?', after);
      await sql.run(`UPDATE sqlite_sequence SET seq = ? WHERE name = 'journal'`, after);
    });
  };
  return { config, database, write, cutOff, file: headFile(data) };
}

for (const [name, spoil] of [
  ['taken away', (file: string) => rm(file)],
  ['put back as it was before', (file: string) => copyFile(`${file}.older`, file)],
] as const)
  test(`a tail that was cut off is found although the signed head was ${name}`, async (t) => {
    const { config, database, write, cutOff, file } = await boxFor(t);
    await write(3);
    await keepHead(database, config, NOW);
    await copyFile(file, `${file}.older`);
    await write(4);
    const { head } = await keepHead(database, config, NOW);
    await cutOff(3);
    await spoil(file);
    const { lost } = await keepHead(database, config, NOW, { signedBefore: head });
    assert.equal(lost?.seq, 7);
    assert.deepEqual(
      (await loadHead(file))?.lost.map(({ seq }) => seq),
      [7],
    );
  });

test('a signed head that was taken away while nothing else changed is signed anew, without an alarm', async (t) => {
  const { config, database, write, file } = await boxFor(t);
  await write(3);
  const { head } = await keepHead(database, config, NOW);
  await rm(file);
  const again = await keepHead(database, config, NOW, { signedBefore: head });
  assert.equal(again.lost, undefined);
  assert.equal((await loadHead(file))?.seq, 3);
});

test('the service finds a tail that was cut off with its signed head', async (t) => {
  const { config, database, write, cutOff, file } = await boxFor(t);
  const faults: string[] = [];
  let offset = 0;
  const clock = { ...systemClock, monotonic: () => (systemClock.monotonic() + offset) as never };
  const log = { error: (_: unknown, text: string) => faults.push(text), info: () => {} } as never;
  const heads = serveHeads({ config, database, clock, log, takeRestored: () => undefined });
  const ending = new AbortController();
  await write(5);
  const served = heads.run(ending.signal);
  t.after(async () => {
    ending.abort();
    await served;
  });
  await until(() => heads.newest()?.seq === 5, 'the head to be signed');
  await cutOff(2);
  await rm(file);
  offset = 120_000;
  await until(() => heads.isDiscontinued(), 'the tail to be missed');
  assert.match(faults.join(), /no longer has the row that was signed last/);
});
