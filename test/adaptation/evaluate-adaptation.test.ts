import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forgetSums, rollBackHead, useCandidate } from '../../src/adaptation/apply-adaptation.js';
import { type EvaluationOptions, evaluateAdaptation } from '../../src/adaptation/evaluate-adaptation.js';
import { noPassages, withPassageDistances } from '../../src/adaptation/passages.js';
import { openAdaptation } from '../../src/adaptation/sqlite-adaptation.js';
import { laneId } from '../../src/base/ids.js';
import { normal, randomFrom } from '../../src/base/random.js';
import { falseMatchRate, wallTime } from '../../src/base/units.js';
import { comparisonOf } from '../../src/biometrics/head/comparison.js';
import { digestWithHead } from '../../src/biometrics/head/head.js';
import { digestOf } from '../../src/biometrics/model-card.js';
import type { SidedPhoto } from '../../src/biometrics/statistics/training-sets.js';
import { openDatabase } from '../../src/records/sql/sqlite/sqlite-database.js';
import { openJournal } from '../../src/records/sql/sqlite/sqlite-journal.js';
import { cardOf } from '../biometrics/head/card-sample.js';
import { fakeJournal } from '../fakes/journal.js';
import { actsOfTest } from '../fixtures/acts.js';
import { DIMENSION, siteOf, siteTable, sumsOf } from './site.js';

const lane = laneId('north');
const card = cardOf(DIMENSION, siteTable(1e9));
const encoder = digestOf(card);
const configured = comparisonOf(card);
const site = siteOf(80);
const passersBy = site.slice(0, 40);
/** Of others than who passed. */
const photos: readonly SidedPhoto[] = site
  .slice(40)
  .flatMap(({ person, look }) =>
    [1, 2, 3].map((): SidedPhoto => ({ person, embedding: look(), side: 'live' })),
  );

const recipe = { how: 'wccn', shrinkage: 0.1, fewest: 20 } as const;
const evaluatedOn = { photos, source: '120 photographs of 40 people', isFinal: false };

async function world(options: { readonly gathered?: number; readonly wall?: () => number } = {}) {
  const { gathered = passersBy.length, wall = () => 1000 } = options;
  const database = await openDatabase(':memory:');
  const store = openAdaptation(database, Buffer.alloc(32, 7), actsOfTest);
  const acts = async () =>
    (await openJournal(database).list({ limit: 9, kind: 'act' })).map(({ body }) => body).reverse();
  const { journal, rows } = fakeJournal();
  let ids = 0;
  const parts = { store, journal, wall: () => wallTime(wall()), newId: () => `n-${++ids}` };
  if (gathered > 0)
    await store.change(lane, encoder, (now) => ({
      ...now,
      sums: { statistics: sumsOf(encoder, passersBy.slice(0, gathered)), day: '2026-11-25' },
    }));
  const ask = (change: Partial<EvaluationOptions> = {}) =>
    evaluateAdaptation(
      {
        lane,
        recipe,
        needed: falseMatchRate(1e-2),
        trunk: 'euclidean',
        configured,
        evaluatedOn,
        mayUse: true,
        anew: false,
        ...change,
      },
      parts,
    );
  const noted = () => rows.map(({ body }) => body.notice);
  const stored = () => store.load(lane, encoder);
  return { ask, parts, noted, rows, stored, store, acts };
}

test('a head that is better takes its place, with a table of its own, and the journal says so first', async () => {
  const { ask, stored, rows, acts } = await world();
  const considered = await ask();
  assert.equal(considered.outcome, 'used', JSON.stringify(considered).slice(-900));
  const { used, candidate } = await stored();
  assert.equal(candidate, undefined);
  assert.ok(used?.head.calibration !== undefined);
  assert.match(used.head.calibration.source, /120 photographs of 40 people/);
  const [row] = rows;
  assert.deepEqual(
    [row?.kind, row?.body.notice, row?.body.lane, row?.body.head],
    ['notice', 'head-used', 'north', digestWithHead(used.head)],
  );
  assert.match(String(row?.body.detail), /TMR .* before and .* after at FMR/);
  assert.deepEqual(await acts(), [
    {
      act: 'head-used',
      lane: 'north',
      head: digestWithHead(used.head),
      before: 'configured',
      ...actsOfTest.actor,
    },
  ]);
  const [held] = used.head.card.heldOut ?? [];
  assert.ok((held?.tmrAfter ?? 0) > (held?.tmrBefore ?? 1) + 0.2);
});

test('is only proposed where somebody has to take it, and then somebody takes it', async () => {
  const { ask, stored, parts, noted, acts } = await world();
  assert.equal((await ask({ mayUse: false })).outcome, 'proposed');
  assert.deepEqual(await acts(), []);
  assert.equal((await stored()).used, undefined);
  assert.ok((await useCandidate(lane, encoder, configured.digest, parts)) !== undefined);
  assert.ok((await stored()).used !== undefined);
  assert.deepEqual(noted(), ['head-proposed', 'head-used']);
});

test('one command goes back, and none is taken by itself afterwards', async () => {
  const { ask, stored, parts, noted } = await world();
  await ask();
  assert.deepEqual(await rollBackHead(lane, encoder, parts), { now: 'configured' });
  assert.equal((await stored()).used, undefined);
  assert.equal((await ask()).outcome, 'proposed');
  assert.equal((await stored()).used, undefined);
  await useCandidate(lane, encoder, configured.digest, parts);
  assert.equal((await stored()).heldSince, undefined);
  assert.deepEqual(noted(), ['head-used', 'head-undone', 'head-proposed', 'head-used']);
});

test('a second head goes back to the first, and then to the configured one', async () => {
  const { ask, stored, parts, store } = await world();
  await ask();
  const first = (await stored()).used;
  assert.ok(first !== undefined);
  // Another one that was found better since.
  await store.change(lane, encoder, (now) => ({
    ...now,
    candidate: { ...first, madeAt: wallTime(2000), verdict: 'better' },
  }));
  await useCandidate(lane, encoder, configured.digest, parts);
  assert.equal((await stored()).used?.madeAt, 2000);
  assert.deepEqual(await rollBackHead(lane, encoder, parts), { now: first });
  assert.deepEqual(await rollBackHead(lane, encoder, parts), { now: 'configured' });
  assert.equal(await rollBackHead(lane, encoder, parts), undefined);
});

test('a head that is worth nothing is refused with its numbers, and may not be taken', async () => {
  const { ask, stored, parts, noted } = await world();
  // The mean alone cannot help where the light is another each time.
  assert.equal((await ask({ recipe: { ...recipe, how: 'mean' } })).outcome, 'refused');
  const { candidate } = await stored();
  assert.match(candidate?.detail ?? '', /got TMR [\d.]+ % before and [\d.]+ % after at FMR/);
  assert.equal(await useCandidate(lane, encoder, configured.digest, parts), undefined);
  assert.deepEqual(noted(), ['head-refused']);
});

for (const [name, gathered, change, outcome] of [
  ['too few passages', 3, {}, 'too-few'],
  ['none at all', 0, {}, 'too-few'],
] as const) {
  test(`says so with ${name}`, async () => {
    const { ask, noted } = await world({ gathered });
    assert.equal((await ask(change)).outcome, outcome);
    assert.deepEqual(noted(), []);
  });
}

/** Enrolled with one photograph each: nobody can be compared with themselves. */
const single = photos.filter((_, i) => i % 3 === 0);
const random = randomFrom(5);
const impostors = (mean: number) => Array.from({ length: 50 }, () => mean + 0.12 * normal(random));

test('where the photographs cannot judge, passages do: it waits until there are enough', async () => {
  const { ask, stored, store, noted } = await world();
  assert.equal((await ask({ evaluatedOn: { ...evaluatedOn, photos: single } })).outcome, 'waiting');
  // Behind the head in use a third of the people look like strangers; behind the candidate nobody does.
  const evidence = Array.from({ length: 240 }).reduce<ReturnType<typeof noPassages>>(
    (all, _, n) =>
      withPassageDistances(
        all,
        { own: n % 3 === 0 ? 1.5 : 0.4, others: impostors(1.5) },
        { own: 0.4, others: impostors(1.6) },
        12,
      ),
    noPassages(),
  );
  await store.change(lane, encoder, (now) =>
    now.candidate === undefined ? now : { ...now, candidate: { ...now.candidate, passages: evidence } },
  );
  const considered = await ask({ evaluatedOn: { ...evaluatedOn, photos: single } });
  assert.equal(considered.outcome, 'used', JSON.stringify(considered).slice(-600));
  assert.match(
    (await stored()).used?.detail ?? '',
    /66\.67 % before and 100\.00 % after .* 240 granted passages/,
  );
  assert.deepEqual(noted(), ['head-used']);
});

test('passages that show no gain refuse it, and the next one waits anew', async () => {
  const { ask, stored, store } = await world();
  await ask({ evaluatedOn: { ...evaluatedOn, photos: single } });
  const same = { own: 0.4, others: impostors(1.5) };
  const evidence = Array.from({ length: 240 }).reduce<ReturnType<typeof noPassages>>(
    (all) => withPassageDistances(all, same, same, 12),
    noPassages(),
  );
  await store.change(lane, encoder, (now) =>
    now.candidate === undefined ? now : { ...now, candidate: { ...now.candidate, passages: evidence } },
  );
  assert.equal((await ask({ evaluatedOn: { ...evaluatedOn, photos: single } })).outcome, 'refused');
  assert.equal((await stored()).candidate?.passages, undefined);
  assert.equal((await ask({ evaluatedOn: { ...evaluatedOn, photos: single } })).outcome, 'waiting');
});

/** As from badge photographs: every picture of a person is the same one. */
const flawless = single.flatMap((photo) => [photo, photo, photo]);

test('photographs that show neither gain nor harm leave it to the passages', async () => {
  const { ask, stored, noted } = await world();
  const considered = await ask({ evaluatedOn: { ...evaluatedOn, photos: flawless } });
  assert.equal(considered.outcome, 'waiting');
  assert.match(
    considered.outcome === 'waiting' ? considered.detail : '',
    /100\.00 % before and 100\.00 % after/,
  );
  assert.equal((await stored()).candidate?.verdict, 'waiting');
  assert.deepEqual(noted(), []);
});

test('a folder that somebody named has the last word', async () => {
  const { ask } = await world();
  assert.equal(
    (await ask({ evaluatedOn: { ...evaluatedOn, photos: flawless, isFinal: true } })).outcome,
    'refused',
  );
});

test('asked anew, it does not wait for what was proposed before', async () => {
  const { ask, stored } = await world();
  await ask({ evaluatedOn: { ...evaluatedOn, photos: single } });
  assert.equal((await ask({ anew: true })).outcome, 'used');
  assert.equal((await stored()).candidate, undefined);
});

test('a candidate that nobody could judge for four weeks is made anew', async () => {
  let now = 1000;
  const { ask, stored } = await world({ wall: () => now });
  await ask({ evaluatedOn: { ...evaluatedOn, photos: single } });
  const first = (await stored()).candidate?.madeAt;
  now += 29 * 86_400_000;
  await ask({ evaluatedOn: { ...evaluatedOn, photos: single } });
  assert.notEqual((await stored()).candidate?.madeAt, first);
});

test('what was judged beside another configured head may not be taken', async () => {
  const { ask, stored, parts } = await world();
  await ask({ mayUse: false });
  const other = digestWithHead({ ...configured.head, kind: 'twin' });
  assert.equal(await useCandidate(lane, encoder, other, parts), undefined);
  assert.equal((await stored()).used, undefined);
});

test('forgetting takes sums and proposal, and leaves the head in use', async () => {
  const { ask, stored, parts } = await world();
  await ask();
  assert.equal(await forgetSums(lane, encoder, parts), passersBy.length);
  const after = await stored();
  assert.deepEqual([after.sums, after.used === undefined], [undefined, false]);
});
