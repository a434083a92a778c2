/** Checks the free space and how long the disk takes to sync a write. */
import { open, rm } from 'node:fs/promises';
import path from 'node:path';
import { freeSpace, isFullNow } from '../../platform/free-space.js';
import { type Check, good, warning, wrong } from './finding.js';

const ABOUT = 'disk';
const ROUNDS = 20;
/** A grant is written to disk before it is sent: twice this is half of the delay that a person perceives as immediate. */
const SLOW_MS = 100;
/** The journal times out after 2 s. */
const USELESS_MS = 1000;

export const checkDisk: Check = {
  about: ABOUT,
  async look({ config: { data_dir: data } }) {
    const free = await freeSpace(data);
    if (free === undefined)
      return [
        wrong(
          ABOUT,
          `There is no folder ${data}.`,
          'Create it for the service’s user, or start the service once.',
        ),
      ];
    const room = isFullNow(false, free)
      ? wrong(
          ABOUT,
          `${mb(free)} MB free in ${data}.`,
          'Make room: below 50 MB the lanes say disk-full, without room the gates stay shut.',
        )
      : good(ABOUT, `${mb(free)} MB free in ${data}.`);
    const spans = await syncTimes(path.join(data, `.doctor-${process.pid}`));
    const typical = spans[Math.floor(spans.length / 2)] ?? 0;
    const worst = spans.at(-1) ?? 0;
    const detail = `A synced write takes ${typical.toFixed(1)} ms, at worst ${worst.toFixed(1)} ms.`;
    const change = 'Use an SSD or an industrial SD card: each grant waits for one synced write.';
    if (worst > USELESS_MS) return [room, wrong(ABOUT, detail, change)];
    return [room, typical > SLOW_MS ? warning(ABOUT, detail, change) : good(ABOUT, detail)];
  },
};

const mb = (bytes: number): string => Math.floor(bytes / 1e6).toLocaleString('en-US');

/** In ms, ascending. */
async function syncTimes(file: string): Promise<readonly number[]> {
  const handle = await open(file, 'wx', 0o600);
  try {
    const spans: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const start = performance.now();
      await handle.write(Buffer.alloc(4096, round));
      await handle.sync();
      spans.push(performance.now() - start);
    }
    return spans.sort((a, b) => a - b);
  } finally {
    await handle.close();
    await rm(file, { force: true });
  }
}
