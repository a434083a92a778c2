import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HeadCandidate } from '../../../src/adaptation/adaptation-store.js';
import { openAdaptation } from '../../../src/adaptation/sqlite-adaptation.js';
import { laneId, modelDigest, personId } from '../../../src/base/ids.js';
import { wallTime } from '../../../src/base/units.js';
import { comparisonOf } from '../../../src/biometrics/head/comparison.js';
import type { Head } from '../../../src/biometrics/head/head.js';
import { digestOf } from '../../../src/biometrics/model-card.js';
import type { GallerySnapshot } from '../../../src/records/people/gallery-store.js';
import { openDatabase } from '../../../src/records/sql/sqlite/sqlite-database.js';
import { createShadow } from '../../../src/service/daemon/shadow.js';
import { cardOf, table } from '../../biometrics/head/card-sample.js';
import { snapshotOf } from '../../contracts/search.js';

const lane = laneId('north');
const card = cardOf(2, table('the pack'));
const encoder = digestOf(card);
const configured = comparisonOf(card);
/** Only the first number counts: the second is the light. */
const both = {
  unitInput: false,
  linear: { rows: 1, columns: 2, data: Float32Array.of(1, 0) },
  unitOutput: false,
};
const head: Head = {
  kind: 'twin',
  encoder,
  dimension: 2,
  outputs: 1,
  template: both,
  live: both,
  card: { how: 'By hand.' },
};
const candidate: HeadCandidate = {
  head,
  over: configured.digest,
  madeAt: wallTime(1),
  verdict: 'waiting',
  detail: '',
};

async function shadowed(
  of: HeadCandidate | undefined,
  people: readonly (readonly [string, readonly number[]])[] = [
    ['ada', [0, 0]],
    ['ada', [0, 3]],
    ['bob', [1, 0]],
  ],
) {
  const store = openAdaptation(await openDatabase(':memory:'), Buffer.alloc(32, 7));
  if (of !== undefined) await store.change(lane, encoder, () => ({ candidate: of }));
  const snapshot: GallerySnapshot = { ...snapshotOf(people), digest: encoder };
  let reads = 0;
  const see = createShadow({
    lane,
    store,
    gallery: {
      snapshot: async () => {
        reads += 1;
        return snapshot;
      },
    },
    card,
    configured,
    version: () => snapshot.version,
    inUse: () => configured,
  });
  const evidence = async () => (await store.load(lane, encoder)).candidate?.passages;
  return { see, evidence, reads: () => reads };
}

const ada = { person: personId('ada'), mean: Float32Array.of(0, 2.25), peopleToday: 3 };
const places = (counts: readonly number[] = []) =>
  counts.flatMap((count, bin) => Array.from({ length: count }, () => bin));

test('compares a passage with its own nearest template and with all others, behind both heads', async () => {
  const { see, evidence } = await shadowed(candidate);
  await see(ada);
  const told = await evidence();
  assert.deepEqual([told?.passages, told?.mostPeople], [1, 3]);
  // 0.75 to her second template; sqrt(1 + 2.25^2) = 2.46 to bob's.
  assert.deepEqual([places(told?.before.mated), places(told?.before.impostors)], [[75], [246]]);
  assert.deepEqual([places(told?.after.mated), places(told?.after.impostors)], [[0], [100]]);
});

test('reads the gallery once, however many pass', async () => {
  const { see, evidence, reads } = await shadowed(candidate);
  for (let n = 0; n < 3; n += 1) await see(ada);
  assert.equal((await evidence())?.passages, 3);
  assert.equal(reads(), 1);
});

test('compares with at most two hundred others', async () => {
  const many = Array.from({ length: 1000 }, (_, n) => [`p${n}`, [n / 1000, 0]] as const);
  const { see, evidence } = await shadowed(candidate, [['ada', [0, 0]], ...many]);
  await see(ada);
  assert.equal(places((await evidence())?.before.impostors).length, 200);
});

for (const [name, of, passage] of [
  ['there is no candidate', undefined, ada],
  ['the candidate was judged already', { ...candidate, verdict: 'better' }, ada],
  ['it was made beside another head', { ...candidate, over: modelDigest('f'.repeat(64)) }, ada],
  ['the person was erased meanwhile', candidate, { ...ada, person: personId('gone') }],
] as const) {
  test(`keeps nothing when ${name}`, async () => {
    const { see, evidence } = await shadowed(of);
    await see(passage);
    assert.equal(await evidence(), undefined);
  });
}
