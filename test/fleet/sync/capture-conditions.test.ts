import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { laneId, personId, siteId } from '../../../src/base/ids.js';
import { normal, randomFrom } from '../../../src/base/random.js';
import { wallTime } from '../../../src/base/units.js';
import {
  type CaptureCondition,
  cameraCondition,
  PHOTO,
  UNKNOWN_CONDITION,
} from '../../../src/biometrics/conditions/capture-condition.js';
import { euclidean } from '../../../src/biometrics/distance.js';
import { comparisonOf } from '../../../src/biometrics/head/comparison.js';
import { digestOf } from '../../../src/biometrics/model-card.js';
import { openerOf } from '../../../src/fleet/repository/age.js';
import { blobPath } from '../../../src/fleet/segments/manifest.js';
import { type GalleryThrough, galleryThrough } from '../../../src/lane/gallery-through.js';
import type { GalleryChange } from '../../../src/records/people/person.js';
import { openSearch } from '../../../src/records/people/search.js';
import { cardOf, table } from '../../biometrics/head/card-sample.js';
import { fleetWorld, START } from '../../fixtures/fleet-world.js';

const DIMENSION = 64;
const plain = cardOf(DIMENSION, table('the pack'));
const card = { ...plain, encoder: { ...plain.encoder, normalise: true } };
const digest = digestOf(card);
const own = { digest, dimension: DIMENSION, isUnit: true };

const dock = cameraCondition(siteId('plant'), laneId('dock'), 'color');
const north = cameraCondition(siteId('hq'), laneId('north'), 'color');
const south = cameraCondition(siteId('hq'), laneId('south'), 'color');
/** One direction for each place: the two cameras of one site look at the same wall. */
const WALLS: Readonly<Record<string, number>> = { [dock]: 500, [north]: 501, [south]: 501 };

function directionOf(seed: number): Float64Array {
  const random = randomFrom(seed);
  const all = Float64Array.from({ length: DIMENSION }, () => normal(random));
  const length = Math.hypot(...all);
  return all.map((value) => value / length);
}

/** A face as an encoder shows it: a part is the place, and each look is a little different. */
function lookOf(who: number, look: number, condition: CaptureCondition): Float32Array {
  const [one, noise] = [directionOf(1 + who), directionOf(10_000 + 100 * who + look)];
  const wall = WALLS[condition] === undefined ? new Float64Array(DIMENSION) : directionOf(WALLS[condition]);
  const mixed = one.map((value, i) => 0.7 * (wall[i] ?? 0) + 0.8 * value + 0.25 * (noise[i] ?? 0));
  const length = Math.hypot(...mixed);
  return Float32Array.from(mixed, (value) => value / length);
}

const enrolledAt = (who: number, condition: CaptureCondition): readonly GalleryChange[] => [
  {
    kind: 'put-person',
    person: {
      id: personId(`p${who}`),
      name: `P ${who}`,
      consent: { textVersion: '1', givenAt: wallTime(START) },
    },
  },
  ...[0, 1, 2].map((look) => ({
    kind: 'add-template' as const,
    template: {
      person: personId(`p${who}`),
      digest,
      source: (who * 10 + look).toString(16).padStart(64, '0'),
      vector: lookOf(who, look, condition),
      createdAt: wallTime(START),
      condition,
    },
  })),
];

type World = Awaited<ReturnType<typeof fleetWorld>>;

/** The first bytes of all segments that are published, in any order. */
async function publishedFormats(world: World): Promise<readonly string[]> {
  const { secret } = await world.office.identity();
  const state = await world.office.state.load();
  return Promise.all(
    Object.values(state?.segments ?? {}).map(async ([, sha256]) => {
      const bytes = await readFile(path.join(world.places.out, blobPath(sha256)));
      return Buffer.from(await openerOf(secret).open(bytes))
        .subarray(0, 6)
        .toString();
    }),
  );
}

const formatsOf = async (world: World): Promise<readonly string[]> => [
  ...new Set(await publishedFormats(world)),
];

test('the old format is published until the new one is asked for, then everybody once, and then only changes', async () => {
  const world = await fleetWorld();
  const box = await world.device('gate-1');
  const sync = () => box.sync(undefined, { own });
  await world.registrar.apply([0, 1, 2].flatMap((who) => enrolledAt(who, dock)));
  await world.registrar.apply(Array.from({ length: 60 }, (_, i) => enrolledAt(100 + i, PHOTO)).flat());
  assert.equal((await world.publish()).format, 1);
  assert.deepEqual(await formatsOf(world), ['TWSEG1']);
  await sync();
  const before = await box.gallery.snapshot(digest, DIMENSION);
  assert.deepEqual([...new Set(before.conditions)], [UNKNOWN_CONDITION]);

  // The people did not change: only what is said of their templates did.
  const all = await world.publish({ format: 2 });
  assert.deepEqual([all.format, all.written], [2, all.segments]);
  assert.deepEqual(await formatsOf(world), ['TWSEG2']);
  await sync();
  const after = await box.gallery.snapshot(digest, DIMENSION);
  for (const [row, person] of after.owners.entries())
    assert.equal(after.conditions[row], Number(person.slice(1)) < 100 ? dock : PHOTO);
  assert.deepEqual(after.matrix, before.matrix);

  assert.equal((await world.publish()).changed, false);
  await world.registrar.apply([
    { kind: 'set-condition', person: personId('p100'), condition: dock, instead: [PHOTO] },
  ]);
  const one = await world.publish();
  assert.deepEqual([one.format, one.written], [2, 1]);
  await sync();
  const { conditions, owners } = await box.gallery.snapshot(digest, DIMENSION);
  assert.equal(conditions[owners.indexOf(personId('p100'))], dock);
});

test('a box one version behind takes removals as before, because all boxes get what it reads', async () => {
  const world = await fleetWorld();
  const [behind, current] = [await world.device('behind'), await world.device('current')];
  await world.registrar.apply([0, 1, 2].flatMap((who) => enrolledAt(who, dock)));
  await world.publish();
  for (const box of [behind, current]) await box.sync(undefined, { own });
  await world.registrar.apply([{ kind: 'remove-person', person: personId('p1') }]);
  await world.publish();
  assert.deepEqual(await formatsOf(world), ['TWSEG1']);
  for (const box of [behind, current]) {
    await box.sync(undefined, { own });
    assert.deepEqual(await box.people(), ['p0 P 0 3', 'p2 P 2 3']);
  }
});

/** How near the nearest enrolled person is to a look before the north camera. */
const nearestTo = async ({ search }: GalleryThrough, who: number) =>
  (await search.nearest(lookOf(who, 99, north))) ?? assert.fail();

test('people enrolled at one site are met at another by centres of its own gallery, on each of its lanes', async () => {
  const world = await fleetWorld();
  const box = await world.device('gate-1');
  await world.registrar.apply([0, 1, 2, 3, 4].flatMap((who) => enrolledAt(who, dock)));
  await world.registrar.apply([5, 6].flatMap((who) => enrolledAt(who, PHOTO)));
  await world.publish({ format: 2 });
  await box.sync(undefined, { own });
  // Some are enrolled at this box's own lanes.
  await box.gallery.apply([
    ...[20, 21, 22].flatMap((who) => enrolledAt(who, north)),
    ...enrolledAt(23, south),
  ]);
  const stored = await box.gallery.snapshot(digest, DIMENSION);
  const comparison = comparisonOf(card);
  const at = (condition: CaptureCondition, conditions = stored.conditions) =>
    galleryThrough(comparison, { ...stored, conditions }, openSearch, { condition });
  for (const [lane, people] of [
    [north, 3],
    [south, 1],
  ] as const) {
    const gallery = await at(lane);
    assert.ok(Math.abs(gallery.plan.people - people) < 1e-9, 'its own centre');
    const ofDock = gallery.plan.template(dock) ?? assert.fail('no centre of the other site');
    const mean = new Float64Array(DIMENSION);
    for (const who of [0, 1, 2, 3, 4])
      for (const look of [0, 1, 2])
        for (const [i, value] of lookOf(who, look, dock).entries()) mean[i] = (mean[i] ?? 0) + value / 15;
    // Five people: 5 / (5 + 2) of their mean.
    ofDock.forEach((value, i) => {
      assert.ok(Math.abs(value - (5 / 7) * (mean[i] ?? 0)) < 1e-6);
    });
    // Every distance is the larger one: no lane is looser by what the registrar says of a template.
    for (const who of [0, 1, 20, 50, 51, 52]) {
      const look = lookOf(who, 99, lane);
      for (const person of new Set(stored.owners)) {
        const rows = [...stored.owners.keys()].filter((row) => stored.owners[row] === person);
        const raw = Math.min(
          ...rows.map((row) =>
            euclidean(stored.matrix.subarray(row * DIMENSION, (row + 1) * DIMENSION), look),
          ),
        );
        assert.ok((gallery.search.against(look, person) ?? 0) >= raw - 1e-6);
      }
    }
  }
  const gallery = await at(north);
  for (const who of [0, 1, 2, 3, 4, 20, 21, 22])
    assert.equal((await nearestTo(gallery, who)).person, `p${who}`);
});

test('templates of which the old format told nothing are compared as photographs', async () => {
  const world = await fleetWorld();
  const box = await world.device('gate-1');
  await world.registrar.apply([0, 1].flatMap((who) => enrolledAt(who, dock)));
  await world.publish();
  await box.sync(undefined, { own });
  await box.gallery.apply([20, 21].flatMap((who) => enrolledAt(who, north)));
  const stored = await box.gallery.snapshot(digest, DIMENSION);
  const gallery = await galleryThrough(comparisonOf(card), stored, openSearch, { condition: north });
  // Without a centre of photographs in the card that side stays raw.
  assert.equal(gallery.plan.template(UNKNOWN_CONDITION), undefined);
  assert.equal(gallery.plan.template(dock), undefined);
  assert.equal((await nearestTo(gallery, 0)).person, 'p0');
});
