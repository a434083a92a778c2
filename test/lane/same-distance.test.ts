import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { laneId, type PersonId, personId, siteId } from '../../src/base/ids.js';
import { wallTime } from '../../src/base/units.js';
import {
  type CaptureCondition,
  cameraCondition,
  PHOTO,
  UNKNOWN_CONDITION,
  WEBCAM,
} from '../../src/biometrics/conditions/capture-condition.js';
import { strictDistance } from '../../src/biometrics/conditions/centred.js';
import { offsetsBetween } from '../../src/biometrics/conditions/offsets-between.js';
import { photographCentreCard } from '../../src/biometrics/conditions/photograph-centre.js';
import { type Comparison, comparisonOf } from '../../src/biometrics/head/comparison.js';
import { digestOf } from '../../src/biometrics/model-card.js';
import { betweenAtCamera } from '../../src/lab/evaluate/same-camera.js';
import { type GalleryThrough, galleryFor, prepareGallery } from '../../src/lane/gallery-through.js';
import type { GallerySnapshot } from '../../src/records/people/gallery-store.js';
import { GrowingGallery } from '../../src/records/people/growing-gallery.js';
import { sitePairs } from '../../src/records/people/site-pairs.js';
import { createLiveEnrollmentGallery } from '../../src/service/core-socket/live-enrollment-gallery.js';
import { cardOf, table } from '../biometrics/head/card-sample.js';
import { halfTwin, twin } from '../biometrics/head/sample.js';
import { bruteForce } from '../fakes/search.js';
import { holds } from '../support/properties.js';

const SIZE = 6;
const north = cameraCondition(siteId('hq'), laneId('north'), 'color');
const south = cameraCondition(siteId('hq'), laneId('south'), 'color');
const photographs = photographCentreCard(
  { mean: Float64Array.of(0.1, 0, 0.05, 0, 0, 0), people: 1000 },
  { source: 'test', photographs: 1000 },
);
const plain = cardOf(SIZE, table('the pack'));
const card = { ...plain, photographs, encoder: { ...plain.encoder, normalise: true } };
const encoder = digestOf(card);
const comparisons = [
  ['no head', comparisonOf(card)],
  ['a twin', comparisonOf(card, { ...twin(SIZE, 3), encoder })],
  ['a half-twin', comparisonOf(card, { ...halfTwin(SIZE, 3), encoder })],
] as const;

interface Row {
  readonly person: PersonId;
  readonly condition: CaptureCondition;
  readonly vector: Float32Array;
}

const direction = fc
  .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: SIZE, maxLength: SIZE })
  .filter((values) => Math.hypot(...values) > 0.2)
  // What a camera shares, so that the raw distance is not always the larger one.
  .map(([first = 0, ...rest]) => [first + 1.5, ...rest])
  .filter((values) => Math.hypot(...values) > 0.2)
  .map((values) => Float32Array.from(values, (value) => value / Math.hypot(...values)));
const person = fc.constantFrom('ada', 'bob', 'cyd', 'dan').map(personId);
const condition = fc.constantFrom(north, south, WEBCAM, PHOTO, UNKNOWN_CONDITION);
const rowsOf = (where: fc.Arbitrary<CaptureCondition>) =>
  fc.array(fc.record({ person, condition: where, vector: direction }), { minLength: 1, maxLength: 8 });

function snapshotOf(rows: readonly Row[]): GallerySnapshot {
  const matrix = new Float32Array(rows.length * SIZE);
  for (const [row, { vector }] of rows.entries()) matrix.set(vector, row * SIZE);
  const owners = rows.map((row) => row.person);
  const consent = { textVersion: '1', givenAt: wallTime(0) };
  const people = new Map(owners.map((id) => [id, { id, name: id, consent }]));
  const conditions = rows.map((row) => row.condition);
  return { version: 1, digest: encoder, dimension: SIZE, matrix, owners, conditions, people };
}

/** What the search of a lane of this camera gives for one row. */
function laneDistance({ search }: GalleryThrough, rows: readonly Row[], row: number, live: Float32Array) {
  const found = search.templatesOf(live, rows[row]?.person ?? personId('none'));
  return found.find((one) => one.row === row)?.distance ?? assert.fail();
}

const laneOf = async (rows: readonly Row[], comparison: Comparison, here: CaptureCondition) => {
  const prepared = await prepareGallery(comparison, snapshotOf(rows), bruteForce);
  return { prepared, gallery: await galleryFor(prepared, { condition: here }) };
};

for (const [name, comparison] of comparisons) {
  test(`with ${name}, enrollment from files and at a lane, audit and document find the lane’s own distance`, (t) =>
    holds(
      t,
      fc.asyncProperty(
        rowsOf(condition),
        direction,
        fc.constantFrom(north, south, WEBCAM),
        person,
        async (rows, live, here, who) => {
          const { prepared, gallery } = await laneOf(rows, comparison, here);
          const atLane = rows.map((_, row) => laneDistance(gallery, rows, row, live));
          const nearest = (isOwn: boolean) => {
            const some = atLane.filter((_, row) => (rows[row]?.person === who) === isOwn);
            return some.length === 0 ? undefined : Math.min(...some);
          };
          const growing = new GrowingGallery(snapshotOf([]), comparison);
          for (const { person: owner, vector, condition: at } of rows)
            growing.add({ person: owner, vector, condition: at }, true);
          const joins = createLiveEnrollmentGallery(gallery);
          for (const one of [new GrowingGallery(snapshotOf(rows), comparison), growing, joins]) {
            const { own, other } = await one.likeness(live, who, here);
            assert.deepEqual([own, other?.distance], [nearest(true), nearest(false)]);
          }
          const between = offsetsBetween(prepared.centres);
          for (const [row, { vector, condition: at }] of rows.entries()) {
            assert.equal(gallery.distanceTo(vector, live, at), atLane[row]);
            if (at === PHOTO) assert.equal(gallery.photoDistance(vector, live), atLane[row]);
            const audited = strictDistance(
              comparison.metric,
              comparison.template(vector),
              comparison.live(live),
              between(at, here),
            );
            if (comparison.centring !== undefined) assert.equal(audited, atLane[row]);
          }
        },
      ),
      { short: 60, long: 2_000 },
    ));

  test(`with ${name}, faces that were met and evaluations of one camera find the lane’s own distance`, (t) =>
    holds(
      t,
      fc.asyncProperty(rowsOf(fc.constant(north)), direction, async (rows, live) => {
        const { gallery } = await laneOf(rows, comparison, north);
        const met = gallery.impostorsOf({ vector: live, person: personId('stranger') }).get(north) ?? [];
        const all = rows.map((_, row) => laneDistance(gallery, rows, row, live));
        assert.equal(met.length, new Set(rows.map((row) => row.person)).size);
        for (const one of met) assert.ok(all.includes(one as (typeof all)[number]));
        const between = betweenAtCamera(rows, comparison);
        for (const [j, face] of rows.entries()) {
          const others = rows.filter((row) => row.person !== face.person);
          const lane = await laneOf(others, comparison, north);
          for (const [i, template] of rows.entries()) {
            const own = laneDistance(gallery, rows, i, face.vector);
            const expected =
              template.person === face.person
                ? own
                : laneDistance(lane.gallery, others, others.indexOf(template), face.vector);
            assert.equal(between(i, j), expected);
          }
        }
      }),
      { short: 30, long: 1_000 },
    ));
}

test('pairs of a site count as the lane counts them, where one person does not matter to its centre', (t) =>
  holds(
    t,
    fc.asyncProperty(rowsOf(condition), direction, async (rows, wall) => {
      const [, comparison] = comparisons[0];
      const prepared = await prepareGallery(comparison, snapshotOf(rows), bruteForce);
      const passages = { mean: Float64Array.from(wall, (value) => value / 2), people: 60 };
      const gallery = await galleryFor(prepared, { condition: north, passages });
      const side = { condition: north, plan: gallery.plan };
      for (const { template, distances } of await sitePairs(
        { rows: prepared.snapshot, metric: comparison.metric },
        side,
      )) {
        const all = rows.flatMap(({ condition: at }, row) =>
          at === template
            ? rows
                .filter((face) => face.condition === north)
                .map((face) => Math.fround(laneDistance(gallery, rows, row, face.vector)))
            : [],
        );
        for (const one of distances) assert.ok(all.includes(one), `${template} ${one}`);
      }
    }),
    { short: 60, long: 2_000 },
  ));
