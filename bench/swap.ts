/** What does a lane notice when the gallery in memory is renewed? */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import type { ModelDigest } from '../src/base/ids.js';
import { distanceOf } from '../src/biometrics/distance.js';
import { sidesByMetric } from '../src/biometrics/head/comparison.js';
import { identityHead } from '../src/biometrics/head/head.js';
import { openLiveGallery } from '../src/lane/live-gallery.js';
import { openSearch } from '../src/records/people/search.js';
import { openGallery } from '../src/records/people/sql-gallery.js';
import type { Database } from '../src/records/sql/sqlite/sqlite-database.js';

export async function swapFigures(
  database: Database,
  key: Uint8Array,
  digest: ModelDigest,
  dimension: number,
) {
  const store = await openGallery(database, key);
  let swapped = (): void => {};
  const live = await openLiveGallery({
    store,
    openSearch,
    comparison: {
      ...sidesByMetric('euclidean'),
      head: identityHead(digest, dimension),
      trunk: { digest, dimension },
      digest,
      dimension,
      between: distanceOf.euclidean,
    },
    onSwap: () => swapped(),
  });
  const stop = new AbortController();
  const watching = live.watch(stop.signal);
  // 1 ms: a finer clock measures itself.
  const loop = monitorEventLoopDelay({ resolution: 1 });
  const done = new Promise<void>((resolve) => {
    swapped = resolve;
  });
  loop.enable();
  const start = performance.now();
  await database.write((sql) => sql.run('UPDATE gallery_state SET version = version + 1'));
  await done;
  const total = performance.now() - start;
  await pause(50);
  loop.disable();
  stop.abort();
  await watching;
  await live.close();
  return { total_s: total / 1000, longest_stall_ms: loop.max / 1e6, stall_p99_ms: loop.percentile(99) / 1e6 };
}
