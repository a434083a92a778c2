import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { TwinstileError } from '../../../src/base/errors.js';
import { wallTime } from '../../../src/base/units.js';
import { openPacks } from '../../../src/biometrics/packs/pack-store.js';
import { downloaded, ready, settled, switched } from '../../../src/fleet/releases/rollout-state.js';
import { leaveModels, modelsInUse } from '../../../src/service/models/models-in-use.js';
import { openModels } from '../../../src/service/models/released-files.js';
import { drawnPeople } from '../../fixtures/check-photos.js';
import { enrolled } from '../../fixtures/fleet-world.js';
import { modelsWorld } from '../../fixtures/models-world.js';
import { packFolderFor } from '../../fixtures/pack-folder.js';

const KILLS = Number(process.env.TWINSTILE_KILLS ?? 12);
const taker = fileURLToPath(new URL('../../fixtures/models-taker.ts', import.meta.url));
const quiet = { error: () => {} };

test(`after each of ${KILLS} kill -9 during a roll-out the box runs by the old models or by the new, never by a mixture`, {
  timeout: KILLS * 60_000,
}, async (t) => {
  const packFolder = await packFolderFor(t, 'builtin');
  if (packFolder === undefined) return t.skip('needs the built-in pack');
  const { world, publish, box } = await modelsWorld('builtin', packFolder);
  const check = path.join(world.folder, 'check');
  await drawnPeople(check, 10);
  const one = await box('gate-1');
  await world.registrar.apply(enrolled('ada', 'ada', 1, 128));
  await world.publish();
  const { card } = await openPacks(packFolder).open('builtin');
  const config = one.settings('gate-1');
  const order = JSON.stringify({ config, identity: one.identity });
  const seen = new Set<number>();
  let interrupted = 0;
  let last = 0;
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const table = path.join(world.folder, 'table.json');
    await writeFile(table, JSON.stringify({ ...card.calibration, source: `round ${kill}` }));
    await publish('builtin', check, '--calibration', table, '--percent', '100');
    const child = spawn(process.execPath, ['--import', 'tsx', taker, order], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const closed = once(child, 'close');
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    await once(child.stdout, 'data');
    await pause(Math.random() * 1500);
    child.kill('SIGKILL');
    await closed;
    if (!text.includes('ended')) interrupted += 1;

    const models = await modelsInUse(config, {}, quiet);
    const opened = await openModels(models);
    const number = models.released?.release ?? 0;
    assert.ok(number === last || number === kill, `release ${number} after ${last}, of ${kill}`);
    assert.equal(
      opened.card.calibration?.source,
      number === 0 ? card.calibration?.source : `round ${number}`,
      'the table is that of the release',
    );
    last = number;
    seen.add(number);
    // A start that was counted while it was watched must not lead back by itself here.
    await one.inside((store) => store.change(settled));
  }
  t.diagnostic(
    `${interrupted} of ${KILLS} were interrupted; releases ${[...seen].join(', ')} were found in use`,
  );
  assert.ok(interrupted > 0, 'no kill came in time: the test has shown nothing');
  assert.ok(seen.size > 1, `only ${[...seen]} was seen`);
});

test('a release whose files are gone or wrong is left at the start, for the one before it', async (t) => {
  const packFolder = await packFolderFor(t, 'builtin');
  if (packFolder === undefined) return t.skip('needs the built-in pack');
  const { box } = await modelsWorld('builtin', packFolder);
  const one = await box('gate-1');
  const config = one.settings('gate-1');
  await one.inside((store) =>
    store.change((here) =>
      switched(ready(downloaded(here, { release: 3, pack: 'builtin.0123456789ab' })), wallTime(1), []),
    ),
  );
  const models = await modelsInUse(config, {}, quiet);
  assert.equal(models.pack, 'builtin');
  assert.match((await one.progress()).refused[0]?.reason ?? '', /Expected the name of a model pack/);
});

test('a database that cannot be read leaves the configured models, for the service to heal it', async (t) => {
  const packFolder = await packFolderFor(t, 'builtin');
  if (packFolder === undefined) return t.skip('needs the built-in pack');
  const { box } = await modelsWorld('builtin', packFolder);
  const one = await box('gate-1');
  await one.progress();
  for (const end of ['', '-wal', '-shm'])
    await rm(path.join(one.data, `twinstile.db${end}`), { force: true });
  await writeFile(path.join(one.data, 'twinstile.db'), Buffer.alloc(8192, 1));
  const errors: object[] = [];
  const models = await modelsInUse(
    one.settings('gate-1'),
    {},
    { error: (told: object) => void errors.push(told) },
  );
  assert.equal(models.pack, 'builtin');
  assert.equal(errors.length, 1);
});

for (const [name, code, isLeft] of [
  ['lacks what a lane requires', 'config-invalid', true],
  ['has no table', 'pack-uncalibrated', true],
  ['meets a broker’s key that is missing', 'key-unusable', false],
] as const)
  test(`a release that is watched and ${name} is ${isLeft ? 'left' : 'kept'}`, async () => {
    const { box } = await modelsWorld('builtin', '/nowhere');
    const one = await box('gate-1');
    const config = one.settings('gate-1');
    const released = { release: 3, pack: 'builtin.0123456789ab' };
    await one.inside((store) =>
      store.change((here) => switched(ready(downloaded(here, released)), wallTime(1), [])),
    );
    const error = new TwinstileError({ code, message: 'Expected liveness, got none.' });
    assert.equal(await leaveModels(config, released, error), isLeft);
    assert.equal((await one.progress()).running === undefined, isLeft);
    if (isLeft) return;
    await one.inside((store) => store.change(settled));
    const other = new TwinstileError({ code: 'config-invalid', message: 'Expected liveness, got none.' });
    assert.equal(await leaveModels(config, released, other), false, 'a settled release is not left');
  });
