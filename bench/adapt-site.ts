/**
 * Whether the lane's own rule takes a head: passers-by give the sums, other people judge, both as one camera shows them.
 *
 *   node --import tsx bench/adapt-site.ts PASSERS-BY ENROLLED PACK
 *
 * Each folder holds one subfolder of photographs per person; nobody should be in both.
 */

import { noStatistics, withBatch, withTrack } from '../src/adaptation/camera-statistics.js';
import { evaluateAdaptation } from '../src/adaptation/evaluate-adaptation.js';
import { openAdaptation } from '../src/adaptation/sqlite-adaptation.js';
import type { Adaptation } from '../src/adaptation/train-adaptation.js';
import { laneId } from '../src/base/ids.js';
import { falseMatchRate } from '../src/base/units.js';
import { comparisonOf } from '../src/biometrics/head/comparison.js';
import type { ModelCard } from '../src/biometrics/model-card.js';
import { packsFolder } from '../src/biometrics/packs/pack-catalog.js';
import type { SidedPhoto } from '../src/biometrics/statistics/training-sets.js';
import { acquirePhotos, defaultCacheFolder } from '../src/lab/evaluate/acquire-photos.js';
import { systemClock } from '../src/platform/system-clock.js';
import { photosByPerson } from '../src/records/enrollment/photo-folder.js';
import { openDatabase } from '../src/records/sql/sqlite/sqlite-database.js';
import { openJournal } from '../src/records/sql/sqlite/sqlite-journal.js';
import { formatConsidered } from '../src/service/adaptation/consider-lanes.js';

const [passersBy = '', enrolled = '', pack = 'mobile'] = process.argv.slice(2);
const seen = await photosOf(passersBy);
const known = await photosOf(enrolled);
const configured = comparisonOf(seen.card);
const { digest, dimension } = configured.trunk;
const lane = laneId('lane');
const statistics = byPerson(seen.photos).reduce(
  (sums, own) =>
    withTrack(
      sums,
      own.map(({ embedding }) => embedding),
    ),
  noStatistics(digest, dimension),
);
const hows: readonly (readonly [Adaptation, number])[] = [
  ['mean', 1],
  ['whitening', 0.7],
  ['wccn', 0.7],
];
for (const [how, shrinkage] of hows) {
  const database = await openDatabase(':memory:');
  const store = openAdaptation(database, new Uint8Array(32));
  await store.change(lane, digest, () => ({ sums: withBatch(undefined, statistics, '2026-11-25') }));
  const considered = await evaluateAdaptation(
    {
      lane,
      recipe: { how, shrinkage, fewest: 20 },
      needed: falseMatchRate(1e-4),
      trunk: seen.card.encoder.metric,
      configured,
      evaluatedOn: {
        photos: known.photos,
        source: `${known.photos.length} photographs`,
        isFinal: true,
      },
      mayUse: true,
      anew: true,
    },
    { store, journal: openJournal(database), wall: () => systemClock.wall(), newId: () => how },
  );
  process.stdout.write(`${how}: ${formatConsidered(considered)}\n`);
  await database.close();
}

async function photosOf(
  folder: string,
): Promise<{ readonly card: ModelCard; readonly photos: readonly SidedPhoto[] }> {
  const photos = await photosByPerson(folder);
  const order = {
    pack,
    packFolder: packsFolder({ argument: undefined, env: process.env }),
    paths: photos.map((photo) => photo.path),
    cacheFolder: defaultCacheFolder(process.env),
  };
  const { card, acquired } = await acquirePhotos(order, new AbortController().signal);
  return {
    card,
    photos: photos.flatMap(({ person, path }): SidedPhoto[] => {
      const one = acquired.get(path);
      return one === undefined || 'missing' in one
        ? []
        : [{ person, embedding: one.embedding, side: 'live' }];
    }),
  };
}

function byPerson(photos: readonly SidedPhoto[]): readonly (readonly SidedPhoto[])[] {
  const people = new Map<string, SidedPhoto[]>();
  for (const photo of photos) people.set(photo.person, [...(people.get(photo.person) ?? []), photo]);
  return [...people.values()];
}
