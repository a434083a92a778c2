/** What every 1:N search keeps, however it is done. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { modelDigest, type PersonId, personId } from '../../src/base/ids.js';
import { wallTime } from '../../src/base/units.js';
import { type CaptureCondition, PHOTO } from '../../src/biometrics/conditions/capture-condition.js';
import { strictDistance, UNSTRETCHED } from '../../src/biometrics/conditions/centred.js';
import { distanceOf, type Metric } from '../../src/biometrics/distance.js';
import type { GallerySnapshot } from '../../src/records/people/gallery-store.js';
import type { OpenSearch } from '../../src/records/people/template-search.js';
import { holds } from '../support/properties.js';

/** @param rows [owner, vector] */
export function snapshotOf(
  rows: readonly (readonly [string, readonly number[]])[],
  dimension = rows[0]?.[1].length ?? 2,
): GallerySnapshot {
  const consent = { textVersion: '1', givenAt: wallTime(0) };
  return {
    version: 1,
    digest: modelDigest('a'.repeat(64)),
    dimension,
    matrix: Float32Array.from(rows.flatMap(([, vector]) => vector)),
    owners: rows.map(([owner]) => personId(owner)),
    conditions: rows.map(() => PHOTO),
    people: new Map(rows.map(([owner]) => [personId(owner), { id: personId(owner), name: owner, consent }])),
  };
}

export function searchContract(name: string, open: OpenSearch): void {
  const nearest = async (
    snapshot: GallerySnapshot,
    probe: readonly number[],
    metric: Metric = 'euclidean',
  ) => {
    const search = await open(snapshot, metric);
    const found = await search.nearest(Float32Array.from(probe));
    await search.close();
    return found;
  };

  test(`${name} finds the nearest, and the nearest of anybody else`, async () => {
    const rows = [
      ['ada', [0, 0]],
      ['ada', [3, 4]],
      ['bob', [0, 10]],
      ['cyd', [20, 0]],
    ] as const;
    assert.deepEqual(await nearest(snapshotOf(rows), [3, 3]), {
      person: 'ada',
      distance: 1,
      runnerUp: Math.sqrt(58),
    });
  });

  test(`${name} finds the few nearest people in order, each by the row of their nearest template`, async () => {
    const rows = [
      ['ada', [0, 0]],
      ['bob', [0, 10]],
      ['ada', [3, 4]],
      ['cyd', [20, 0]],
    ] as const;
    const search = await open(snapshotOf(rows), 'euclidean');
    const probe = Float32Array.of(3, 3);
    const few = await search.closest(probe, 2);
    assert.deepEqual(few, [
      { person: 'ada', distance: 1, row: 2 },
      { person: 'bob', distance: Math.sqrt(58), row: 1 },
    ]);
    assert.equal((await search.closest(probe, 9)).length, 3);
    await search.close();
    const empty = await open(snapshotOf([]), 'euclidean');
    assert.deepEqual(await empty.closest(probe, 2), []);
  });

  test(`${name} finds nobody in an empty gallery`, async () => {
    assert.equal(await nearest(snapshotOf([]), [1, 2]), undefined);
  });

  test(`${name} names no runner-up where one person alone is enrolled`, async () => {
    const alone = snapshotOf([
      ['ada', [0, 0]],
      ['ada', [1, 1]],
    ]);
    assert.deepEqual(await nearest(alone, [0, 0]), { person: 'ada', distance: 0 });
  });

  test(`${name} gives the earlier of two who are equally near, and the other as runner-up`, async () => {
    const twins = snapshotOf([
      ['ada', [1, 2]],
      ['bob', [1, 2]],
    ]);
    assert.deepEqual(await nearest(twins, [1, 2]), { person: 'ada', distance: 0, runnerUp: 0 });
  });

  test(`${name} compares directions alone by cosine`, async () => {
    const found = await nearest(
      snapshotOf([
        ['ada', [10, 0]],
        ['bob', [1, 1]],
      ]),
      [0.1, 0],
      'cosine',
    );
    assert.equal(found?.person, 'ada');
    assert.ok(Math.abs(found.distance) < 1e-9);
    assert.ok(Math.abs((found.runnerUp ?? 0) - (1 - Math.SQRT1_2)) < 1e-7);
  });

  test(`${name} refuses a probe of another dimension`, async () => {
    await assert.rejects(nearest(snapshotOf([['ada', [1, 2]]]), [1, 2, 3]), { code: 'model-failed' });
  });

  test(`${name} matches a probe that is no number with nobody`, async () => {
    const rows = snapshotOf([
      ['ada', [1, 2]],
      ['bob', [3, 4]],
    ]);
    assert.equal(await nearest(rows, [Number.NaN, 2]), undefined);
    const search = await open(rows, 'euclidean');
    assert.equal(search.against(Float32Array.of(Number.NaN, 2), personId('ada')), undefined);
  });

  test(`${name} compares 1:1 with the person's own templates alone`, async () => {
    const rows = snapshotOf([
      ['ada', [0, 0]],
      ['bob', [3, 4]],
      ['ada', [3, 0]],
    ]);
    const search = await open(rows, 'euclidean');
    const probe = Float32Array.of(3, 4);
    assert.equal(search.against(probe, personId('ada')), 4);
    assert.equal(search.against(probe, personId('nobody')), undefined);
  });

  test(`${name} gives each template of one person by itself, in the order of their rows`, async () => {
    const search = await open(
      snapshotOf([
        ['ada', [0, 3]],
        ['bob', [0, 1]],
        ['ada', [0, 1]],
      ]),
      'euclidean',
    );
    const found = search.templatesOf(Float32Array.of(0, 0), personId('ada'));
    assert.deepEqual(
      found.map(({ row, distance: apart }) => [row, apart]),
      [
        [0, 3],
        [2, 1],
      ],
    );
    assert.deepEqual(search.templatesOf(Float32Array.of(0, 0), personId('eve')), []);
    await search.close();
  });

  test(`${name} still answers for one gallery after the next was opened`, async () => {
    const before = await open(snapshotOf([['ada', [0, 0]]]), 'euclidean');
    await open(snapshotOf([['bob', [1, 0, 0]]]), 'euclidean');
    assert.equal((await before.nearest(Float32Array.of(0, 1)))?.person, 'ada');
  });

  for (const metric of ['euclidean', 'cosine'] as const)
    test(`${name} agrees to the last bit with looking at every template (${metric})`, async (t) => {
      const value = fc.float({ min: -1, max: 1, noNaN: true, noDefaultInfinity: true });
      const vector = fc.array(value, { minLength: 8, maxLength: 8 });
      // Far from the origin and close together, the product alone would name the wrong one.
      const near = fc
        .tuple(fc.constantFrom('ada', 'bob', 'cyd'), vector)
        .map(([owner, offsets]) => [owner, offsets.map((offset) => 100 + offset / 100)] as const);
      await holds(
        t,
        fc.asyncProperty(fc.array(near, { minLength: 1, maxLength: 30 }), vector, async (rows, offsets) => {
          const probe = offsets.map((offset) => 100 + offset / 100);
          const snapshot = snapshotOf(rows);
          const found = await nearest(snapshot, probe, metric);
          assert.ok(found);
          const all = rows.map(([owner], i) => ({
            owner: personId(owner),
            distance: distanceOf[metric](
              Float32Array.from(probe),
              snapshot.matrix.subarray(i * 8, (i + 1) * 8),
            ),
          }));
          const best = (of: typeof all) => Math.min(...of.map(({ distance }) => distance));
          const others = (person: PersonId) => all.filter(({ owner }) => owner !== person);
          assert.equal(found.distance, best(all));
          assert.equal(found.runnerUp ?? Number.POSITIVE_INFINITY, best(others(found.person)));
        }),
        { short: 100, long: 5_000 },
      );
    });

  for (const metric of ['euclidean', 'cosine'] as const)
    test(`${name} agrees to the last bit with looking at every centred template (${metric})`, async (t) => {
      await holds(
        t,
        fc.asyncProperty(centredCase, async ({ rows, probe, plan }) => {
          const snapshot = {
            ...snapshotOf(rows.map(({ owner, vector }) => [owner, vector])),
            conditions: rows.map(({ condition }) => condition),
          };
          const raw = await open(snapshot, metric);
          const search = await raw.centred(plan);
          const live = Float32Array.from(probe);
          const all = rows.map(({ owner, condition, vector }) => {
            const template = Float32Array.from(vector);
            const offsets = {
              template: plan.template(condition),
              live: plan.live,
              stretch: plan.stretch(condition),
            };
            return { owner, distance: strictDistance(metric, template, live, offsets) };
          });
          const best = (of: typeof all) =>
            Math.min(...of.map(({ distance }) => distance).filter((distance) => distance >= 0));
          const found = await search.nearest(live);
          assert.equal(found?.distance ?? Number.POSITIVE_INFINITY, best(all));
          const others = all.filter(({ owner }) => owner !== found?.person);
          assert.equal(found?.runnerUp ?? Number.POSITIVE_INFINITY, best(others));
          for (const owner of OWNERS) {
            const own = best(all.filter((one) => one.owner === owner));
            const counted = search.against(live, personId(owner)) ?? Number.POSITIVE_INFINITY;
            assert.equal(counted, own);
            assert.ok(counted >= (raw.against(live, personId(owner)) ?? 0));
          }
          await raw.close();
        }),
        { short: 100, long: 5_000 },
      );
    });
}

const OWNERS = ['ada', 'bob', 'cyd'] as const;
const HERE = 'camera/0000000000000001/color' as CaptureCondition;
const SIZE = 6;
const unit = fc.float({ min: -1, max: 1, noNaN: true, noDefaultInfinity: true });
const offset = fc
  .array(unit, { minLength: SIZE, maxLength: SIZE })
  .map((values) => Float64Array.from(values, (value) => value / 3));
const some = fc.option(offset, { nil: undefined });
/** Near to one another, and with two numbers behind those that are centred, as a crowd adds. */
const close = fc
  .array(unit, { minLength: SIZE + 2, maxLength: SIZE + 2 })
  .map((values) => values.map((value) => 1 + value / 100));
const factor = fc.double({ min: 1, max: 1.5, noNaN: true });
const longer = fc.record({ raw: factor, centred: factor });
const centredCase = fc.record({
  rows: fc.array(
    fc.record({
      owner: fc.constantFrom(...OWNERS),
      condition: fc.constantFrom(HERE, PHOTO),
      vector: close,
    }),
    { minLength: 1, maxLength: 30 },
  ),
  probe: close,
  plan: fc.record({ live: some, here: some, photo: some, longer }).map(({ live, here, photo, longer }) => ({
    live,
    people: 1,
    template: (condition: CaptureCondition) => (condition === HERE ? here : photo),
    // A plan that takes nothing away stretches nothing.
    stretch: (condition: CaptureCondition) =>
      condition === HERE && (here ?? live) !== undefined ? longer : UNSTRETCHED,
  })),
});
