/** What one exact 1:N search costs. */

import { modelDigest } from '../src/base/ids.js';
import { PHOTO } from '../src/biometrics/conditions/capture-condition.js';
import { systemClock } from '../src/platform/system-clock.js';
import type { GallerySnapshot } from '../src/records/people/gallery-store.js';
import { openSearch } from '../src/records/people/search.js';
import { middle } from './middle.js';
import { randomPeople } from './people.js';

const DIMENSION = 128;
const RUNS = 40;

/** Median ms. */
export async function searchTime(people: number): Promise<number> {
  const { matrix, ids, records } = randomPeople(people, DIMENSION);
  const snapshot: GallerySnapshot = {
    version: 1,
    digest: modelDigest('bench'),
    dimension: DIMENSION,
    matrix,
    owners: ids,
    conditions: ids.map(() => PHOTO),
    people: records,
  };
  const search = await openSearch(snapshot, 'euclidean');
  const times: number[] = [];
  for (let run = 0; run < RUNS + 5; run += 1) {
    const probe = matrix.slice(run * DIMENSION, (run + 1) * DIMENSION);
    const start = systemClock.monotonic();
    await search.nearest(probe);
    if (run >= 5) times.push(systemClock.monotonic() - start);
  }
  await search.close();
  return middle(times);
}
