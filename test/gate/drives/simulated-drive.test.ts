import assert from 'node:assert/strict';
import { test } from 'node:test';
import { grantId } from '../../../src/base/ids.js';
import { millis } from '../../../src/base/units.js';
import { createSimulator } from '../../../src/gate/drives/simulated-drive.js';
import { driveContract } from '../../contracts/drive.js';

driveContract('the simulator', async () => {
  const drive = createSimulator();
  return { drive, released: () => drive.released };
});

const about = { grant: grantId('g'), direction: 'out' } as const;

test('the simulator without walkers sees nobody', () => assert.equal(createSimulator().onWalked, undefined));

for (const [walkAfter, pulse, walkers] of [
  [100, 1000, ['out']],
  [999, 1000, ['out']],
  [1000, 1000, []],
  [1500, 1000, []],
] as const)
  test(`who walks ${walkAfter} ms after a release of ${pulse} ms ${walkers.length === 0 ? 'finds it shut' : 'is seen'}`, async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const drive = createSimulator({ walkAfter: millis(walkAfter) });
    const seen: string[] = [];
    drive.onWalked?.((direction) => seen.push(direction));
    await drive.open(millis(pulse), about);
    t.mock.timers.tick(5000);
    assert.deepEqual(seen, walkers);
    assert.equal(drive.released, false);
  });

test('nobody walks through a simulator that was closed', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const drive = createSimulator({ walkAfter: millis(100) });
  const seen: string[] = [];
  drive.onWalked?.((direction) => seen.push(direction));
  await drive.open(millis(1000), about);
  await drive.close();
  t.mock.timers.tick(5000);
  assert.deepEqual([seen, drive.released, drive.releases], [[], false, 1]);
});
