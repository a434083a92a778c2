/** A camera that stalls, freezes, is unplugged, changes its resolution or sends old pictures, in any order. */
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonic } from '../../../src/base/units.js';
import type { CameraStatus } from '../../../src/vision/ports/vision.js';
import { face, laneWorld } from '../../lane/lane-world.js';
import { type Chance, chance } from '../chance.js';
import type { Row } from '../row.js';
import { openScope } from '../scope.js';

const BROKEN: readonly CameraStatus[] = ['stalled', 'frozen', 'unplugged', 'resolution-changed', 'opening'];
const WORLDS = 10;

export const cameraBreaks: Row = {
  name: 'camera-breaks',
  claim:
    'no gate opens on a picture that is old, frozen or from before a breakdown, and it opens again when the camera is well',
  short: 60,
  long: 3000,
  async run({ n }) {
    const found = await Promise.all(
      Array.from({ length: WORLDS }, (_, world) =>
        breakOften(Math.floor((n + world) / WORLDS), chance(300 + world)),
      ),
    );
    return { n, failures: found.flat() };
  },
};

async function breakOften(breakdowns: number, luck: Chance): Promise<readonly string[]> {
  const failures: string[] = [];
  for (let breakdown = 0; breakdown < breakdowns; breakdown += 1) {
    const own = openScope();
    try {
      const world = await laneWorld(own);
      const status = luck.pick(BROKEN);
      // Two of the three pictures that are needed, then the breakdown.
      for (let frame = luck.below(3); frame > 0; frame -= 1) world.show([face('ada')]);
      await sleep(20);
      world.report({ kind: 'camera', status, at: monotonic(performance.now()) });
      if (status === 'frozen') for (let frame = 0; frame < 5; frame += 1) world.show([face('ada')]);
      else {
        world.show([face('ada')]);
        for (let frame = 0; frame < 5; frame += 1) world.show([face('ada')], { age: 301 + luck.below(5000) });
      }
      await sleep(60);
      if (world.opened.length > 0) failures.push(`opened on a camera that is ${status}`);
      world.report({ kind: 'camera', status: 'live', at: monotonic(performance.now()) });
      const end = performance.now() + 6000;
      while (world.opened.length === 0 && performance.now() < end) {
        world.show([face('bob')]);
        await sleep(30);
      }
      if (world.opened.length === 0)
        failures.push(`did not open again after ${status}: ${world.said().join(', ')}`);
    } finally {
      await own.close();
    }
  }
  return failures;
}
