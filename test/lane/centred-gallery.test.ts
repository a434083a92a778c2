import assert from 'node:assert/strict';
import { test } from 'node:test';
import { laneId, personId, siteId } from '../../src/base/ids.js';
import { normal, randomFrom } from '../../src/base/random.js';
import { monotonic, wallTime } from '../../src/base/units.js';
import { MAX_CONDITIONS } from '../../src/biometrics/conditions/bounded-conditions.js';
import {
  type CaptureCondition,
  cameraCondition,
  PHOTO,
  UNKNOWN_CONDITION,
} from '../../src/biometrics/conditions/capture-condition.js';
import { strictDistance } from '../../src/biometrics/conditions/centred.js';
import { lengthOf } from '../../src/biometrics/conditions/condition-centre.js';
import { offsetsTo } from '../../src/biometrics/conditions/offset-plan.js';
import { photographCentreCard } from '../../src/biometrics/conditions/photograph-centre.js';
import { euclidean } from '../../src/biometrics/distance.js';
import { comparisonOf } from '../../src/biometrics/head/comparison.js';
import { digestOf } from '../../src/biometrics/model-card.js';
import { DecisionEngine } from '../../src/lane/decision/decision-engine.js';
import { galleryFor, type LiveSide, prepareGallery } from '../../src/lane/gallery-through.js';
import { openLiveGallery } from '../../src/lane/live-gallery.js';
import type { GallerySnapshot } from '../../src/records/people/gallery-store.js';
import { openSearch } from '../../src/records/people/search.js';
import { cardOf, table } from '../biometrics/head/card-sample.js';
import { halfTwin, twin } from '../biometrics/head/sample.js';
import { fakeGallery } from '../fakes/gallery-store.js';
import { face, frameOf, rules } from './lane-world.js';

const DIMENSION = 64;
const north = cameraCondition(siteId('hq'), laneId('north'), 'color');
const south = cameraCondition(siteId('hq'), laneId('south'), 'color');
const photographs = photographCentreCard(
  { mean: Float64Array.from(directionOf(900), (value) => value / 10), people: 1000 },
  { source: 'test', photographs: 1000 },
);
const plainCard = cardOf(DIMENSION, table('the pack'));
const card = { ...plainCard, photographs, encoder: { ...plainCard.encoder, normalise: true } };
const comparison = comparisonOf(card);
const digest = digestOf(card);

function directionOf(seed: number): Float64Array {
  const random = randomFrom(seed);
  const all = Float64Array.from({ length: DIMENSION }, () => normal(random));
  const length = lengthOf(all);
  return all.map((value) => value / length);
}

/** A face as an encoder shows it: half of it is the place, as at a fixed camera, and each look is a little different. */
function lookOf(who: number, look: number, place: number | undefined): Float32Array {
  const [own, other] = [directionOf(1 + who), directionOf(10_000 + 100 * who + look)];
  const where = place === undefined ? new Float64Array(DIMENSION) : directionOf(place);
  const mixed = own.map((value, i) => 0.8 * (where[i] ?? 0) + 0.65 * value + 0.25 * (other[i] ?? 0));
  const length = lengthOf(mixed);
  return Float32Array.from(mixed, (value) => value / length);
}

const NORTH_WALL = 500;
const SOUTH_WALL = 501;

interface Row {
  readonly who: number;
  readonly condition: CaptureCondition;
  readonly vector: Float32Array;
}
const rowOf = (who: number, look: number, condition = north): Row => {
  const wall = condition === north ? NORTH_WALL : condition === south ? SOUTH_WALL : undefined;
  return { who, condition, vector: lookOf(who, look, wall) };
};

function snapshotOf(rows: readonly Row[]): GallerySnapshot {
  const matrix = new Float32Array(rows.length * DIMENSION);
  rows.forEach(({ vector }, row) => {
    matrix.set(vector, row * DIMENSION);
  });
  const owners = rows.map(({ who }) => personId(`p${who}`));
  const consent = { textVersion: '1', givenAt: wallTime(0) };
  return {
    version: 1,
    digest,
    dimension: DIMENSION,
    matrix,
    owners,
    conditions: rows.map(({ condition }) => condition),
    people: new Map(owners.map((id) => [id, { id, name: id, consent }])),
  };
}

const atNorth: LiveSide = { condition: north };
const galleryAt = async (rows: readonly Row[], side: LiveSide | undefined = atNorth, by = comparison) =>
  galleryFor(await prepareGallery(by, snapshotOf(rows), openSearch), side);
/** How near the nearest is to a look of somebody at the north camera. */
const nearestAt = async (rows: readonly Row[], who: number, side?: LiveSide) =>
  (await (await galleryAt(rows, side)).search.nearest(lookOf(who, 99, NORTH_WALL))) ?? assert.fail();

test('impostors before the wall of an enrolled person are as far from them as elsewhere, and the person is not shut out', async () => {
  for (const enrolled of [1, 2, 4]) {
    const rows = Array.from({ length: enrolled }, (_, who) =>
      [0, 1, 2].map((look) => rowOf(who, look)),
    ).flat();
    for (let stranger = 50; stranger < 60; stranger += 1) {
      const look = lookOf(stranger, 99, NORTH_WALL);
      const raw = Math.min(...rows.map(({ vector }) => euclidean(vector, look)));
      const centred = await nearestAt(rows, stranger);
      assert.ok(raw < 1.05 && centred.distance > raw + 0.05, `${enrolled}: ${raw} ${centred.distance}`);
    }
    const own = await nearestAt(rows, 0);
    assert.ok(own.person === 'p0' && own.distance < 0.6, `${own.distance}`);
  }
});

test('a person enrolled a hundred times is one person of the centre', async () => {
  const once = await galleryAt([rowOf(0, 0), rowOf(1, 0)]);
  const often = await galleryAt([...Array.from({ length: 100 }, () => rowOf(0, 0)), rowOf(1, 0)]);
  assert.ok(Math.abs(often.plan.people - 2) < 1e-9 && once.plan.people === 2);
  often.plan.live?.forEach((value, i) => {
    assert.ok(Math.abs(value - (once.plan.live?.[i] ?? Number.NaN)) < 1e-6);
  });
});

test('members of a family enrolled at one camera are each nearest to themselves', async () => {
  // Half of what is their own they have in common.
  const alike = (who: number, look: number): Float32Array => {
    const [one, family] = [lookOf(who, look, NORTH_WALL), directionOf(700)];
    const mixed = one.map((value, i) => value + 0.5 * (family[i] ?? 0));
    return mixed.map((value) => value / lengthOf(mixed));
  };
  const family = [0, 1, 2, 3];
  const rows = family.flatMap((who) =>
    [0, 1, 2].map((look) => ({ who, condition: north, vector: alike(who, look) })),
  );
  const { search } = await galleryAt(rows);
  for (const who of family) {
    const found = await search.nearest(alike(who, 99));
    assert.equal(found?.person, `p${who}`);
    assert.ok(found.distance < 0.6 && (found.runnerUp ?? 0) > found.distance + 0.2);
  }
});

test('no distance is smaller than the raw one, by whatever centre', async () => {
  const rows = [rowOf(0, 0), rowOf(1, 0, south), rowOf(2, 0, PHOTO), rowOf(3, 0, UNKNOWN_CONDITION)];
  const passages = { mean: directionOf(600), people: 40 };
  for (const side of [
    undefined,
    atNorth,
    { condition: south },
    { ...atNorth, passages },
    { ...atNorth, passages, isMoved: true },
  ]) {
    const { search } = await galleryAt(rows, side);
    for (let who = 0; who < 20; who += 1) {
      const live = lookOf(who, 99, NORTH_WALL);
      for (const row of rows) {
        const counted = search.against(live, personId(`p${row.who}`)) ?? Number.NaN;
        assert.ok(counted >= euclidean(row.vector, live));
      }
    }
  }
});

test('photographs and templates of an unknown condition lose the photographs’ centre by the live side’s share', async () => {
  const { plan, search, photoDistance } = await galleryAt([
    rowOf(0, 0),
    rowOf(1, 0, PHOTO),
    rowOf(2, 0, UNKNOWN_CONDITION),
  ]);
  const live = lookOf(5, 99, NORTH_WALL);
  for (const who of [1, 2]) {
    const template = lookOf(who, 0, undefined);
    const offsets = { template: plan.template(PHOTO), live: plan.live };
    assert.ok(Math.abs(lengthOf(offsets.template ?? assert.fail()) - 0.1 / 3) < 1e-6);
    assert.equal(
      search.against(live, personId(`p${who}`)),
      strictDistance('euclidean', template, live, offsets),
    );
    assert.equal(photoDistance(template, live), strictDistance('euclidean', template, live, offsets));
  }
});

test('where nobody is enrolled at the camera and nobody passed it, everything is compared as it is', async () => {
  const rows = [rowOf(1, 0, PHOTO), rowOf(2, 0, UNKNOWN_CONDITION)];
  const live = lookOf(5, 99, NORTH_WALL);
  const { search, plan } = await galleryAt(rows);
  assert.equal(plan.people, 0);
  for (const { who, vector } of rows)
    assert.equal(search.against(live, personId(`p${who}`)), euclidean(vector, live));
});

test('in a light in which nobody was enrolled, the camera’s other light counts; another camera’s never does', async () => {
  const dark = cameraCondition(siteId('hq'), laneId('north'), 'infrared');
  const { plan } = await galleryAt([rowOf(0, 0), rowOf(1, 0, south)], { condition: dark });
  assert.deepEqual(plan.live, plan.template(north));
  const both = [rowOf(0, 0), { ...rowOf(1, 0), condition: dark }];
  const { plan: own } = await galleryAt(both, { condition: dark });
  assert.deepEqual(own.live, own.template(dark));
  assert.notDeepEqual(own.live, own.template(north));
  const { plan: elsewhere } = await galleryAt([rowOf(1, 0, south)], { condition: dark });
  assert.equal(elsewhere.live, undefined);
  assert.ok(elsewhere.template(south) !== undefined);
});

test('a camera that was moved has no centre for live faces; its templates keep theirs', async () => {
  const passages = { mean: directionOf(600), people: 40 };
  const { plan } = await galleryAt([rowOf(0, 0)], { ...atNorth, passages, isMoved: true });
  assert.deepEqual([plan.live, plan.people, plan.template(PHOTO)], [undefined, 0, undefined]);
  const { plan: before } = await galleryAt([rowOf(0, 0)]);
  assert.deepEqual(plan.template(north), before.template(north));
});

test('passages join the camera’s centre by how many they are, and stand alone where nobody is enrolled there', async () => {
  const passages = { mean: directionOf(NORTH_WALL).map((value) => 0.7 * value), people: 9 };
  const joined = (await galleryAt([rowOf(0, 0)], { ...atNorth, passages })).plan;
  assert.equal(joined.people, 10);
  assert.deepEqual(joined.live, joined.template(north));
  const [alone, away] = [joined.live ?? assert.fail(), lookOf(0, 0, NORTH_WALL)];
  alone.forEach((value, i) => {
    const mean = (9 * (passages.mean[i] ?? 0) + (away[i] ?? 0)) / 10;
    assert.ok(Math.abs(value - (10 / 12) * mean) < 1e-6);
  });
  assert.equal((await galleryAt([rowOf(0, 0, PHOTO)], { ...atNorth, passages })).plan.people, 9);
});

test('behind a learned head centres are made of what is compared, on each side, and passages of the encoder take no part', async () => {
  const passages = { mean: directionOf(600), people: 40 };
  for (const head of [twin(DIMENSION, 8), halfTwin(DIMENSION, 8)]) {
    const through = comparisonOf(card, { ...head, encoder: digest, calibration: table('the head') });
    const row = rowOf(0, 0);
    const { plan } = await galleryAt([row], { ...atNorth, passages }, through);
    assert.equal(plan.people, 1);
    for (const [offset, compared] of [
      [plan.live, through.live(row.vector)],
      [plan.template(north), through.template(row.vector)],
    ] as const)
      offset?.forEach((value, i) => {
        assert.ok(Math.abs(3 * value - (compared[i] ?? Number.NaN)) < 1e-6);
      });
    assert.equal(plan.template(PHOTO), undefined);
  }
});

test('an encoder without unit length is compared as it is', async () => {
  const raw = comparisonOf({ ...card, encoder: { ...card.encoder, normalise: false } });
  assert.equal(raw.centring, undefined);
});

test('while the gallery grows from one person to many, each search has the centre of its own gallery', async () => {
  const store = fakeGallery();
  const lane = laneId('north');
  const consent = { textVersion: '1', givenAt: wallTime(0) };
  const add = (who: number) =>
    store.apply([
      { kind: 'put-person', person: { id: personId(`p${who}`), name: `p${who}`, consent } },
      {
        kind: 'add-template',
        template: {
          person: personId(`p${who}`),
          digest,
          source: `${who}`.padStart(64, '0'),
          vector: lookOf(who, 0, NORTH_WALL),
          createdAt: wallTime(0),
          condition: north,
        },
      },
    ]);
  await add(0);
  const side = { color: atNorth, infrared: { condition: cameraCondition(siteId('hq'), lane, 'infrared') } };
  const cameras = { generation: () => '', load: async () => new Map([[lane, side]]) };
  const seen: number[] = [];
  for (const people of [1, 2, 5, 1000]) {
    for (let who = seen.at(-1) ?? 1; who < people; who += 1) await add(who);
    const live = await openLiveGallery({ store, openSearch, comparison, cameras });
    const { plan, snapshot, search } = live.current(lane);
    assert.equal(snapshot.owners.length, people);
    assert.ok(Math.abs(plan.people - people) < 1e-6);
    const look = lookOf(0, 99, NORTH_WALL);
    const offsets = { template: plan.template(north), live: plan.live, stretch: plan.stretch?.(north) };
    const own = strictDistance('euclidean', lookOf(0, 0, NORTH_WALL), look, offsets);
    assert.equal(search.against(look, personId('p0')), own);
    assert.equal((await search.nearest(look))?.person, 'p0');
    seen.push(people);
    await live.close();
  }
});

test('looks that were compared by one centre and by another never add up to a decision', async () => {
  const rows = [rowOf(0, 0), rowOf(0, 1)];
  const galleries = [await galleryAt(rows), await galleryAt([...rows, rowOf(1, 0)])];
  const calibration = {
    ...table('wide'),
    rows: [
      { distance: 0.9, fmr: 1e-8 },
      { distance: 1, fmr: 1 },
    ],
  };
  for (const [every, granted] of [
    [2, false],
    [20, true],
  ] as const) {
    let frame = 0;
    const kept = galleries.map((one) => ({ ...one, calibration }));
    const engine = new DecisionEngine({
      rules,
      gallery: () => kept[Math.floor(frame / every) % 2] ?? assert.fail(),
    });
    const verdicts: string[] = [];
    for (frame = 0; frame < 12; frame += 1) {
      const at = monotonic(1000 + frame * 100);
      const embedding = lookOf(0, 99, NORTH_WALL);
      const report = { ...frameOf(frame, at, [face('ada', { embedding })]) };
      const decided = await engine.see(report, { now: at, wall: wallTime(1), gateFree: true });
      verdicts.push(...decided.map(({ verdict }) => verdict));
    }
    assert.equal(verdicts.includes('granted'), granted, `${verdicts}`);
  }
});

test('a gallery of thousands of made-up conditions has a bounded number of centres, and the lane’s own is among them', async () => {
  const madeUp = Array.from(
    { length: 3000 },
    (_, n): Row => ({
      who: 1000 + n,
      condition: `camera/${n.toString(16).padStart(16, '0')}/color` as CaptureCondition,
      vector: lookOf(n % 40, n, undefined),
    }),
  );
  const own = rowOf(0, 0);
  const snapshot = snapshotOf([...madeUp, own]);
  const prepared = await prepareGallery(comparison, snapshot, openSearch, new Set([north]));
  assert.equal(prepared.centres.template.size, MAX_CONDITIONS);
  const { plan, search } = await galleryFor(prepared, atNorth);
  assert.equal(plan.people, 1);
  // Templates beyond the bound are compared, as photographs are.
  const last = madeUp.at(-1) ?? assert.fail();
  const live = lookOf(5, 99, NORTH_WALL);
  assert.equal(
    search.against(live, personId(`p${last.who}`)),
    strictDistance('euclidean', last.vector, live, offsetsTo(plan, PHOTO)),
  );
  assert.equal(snapshot.conditions.at(-2), last.condition);
});
