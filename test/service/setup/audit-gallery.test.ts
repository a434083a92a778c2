import assert from 'node:assert/strict';
import { test } from 'node:test';
import { laneId, modelDigest, personId, siteId } from '../../../src/base/ids.js';
import { wallTime } from '../../../src/base/units.js';
import {
  type CaptureCondition,
  cameraCondition,
  PHOTO,
  UNKNOWN_CONDITION,
  WEBCAM,
} from '../../../src/biometrics/conditions/capture-condition.js';
import { comparisonOf } from '../../../src/biometrics/head/comparison.js';
import { digestOf } from '../../../src/biometrics/model-card.js';
import type { GalleryChange } from '../../../src/records/people/person.js';
import { laneSchema } from '../../../src/service/config/sections/lane-section.js';
import { auditGallery, readCapturedAt } from '../../../src/service/setup/audit-gallery.js';
import { cardOf, table } from '../../biometrics/head/card-sample.js';
import { fakeGallery } from '../../fakes/gallery-store.js';

const lane = laneSchema.parse({
  id: 'north',
  gate: 'g1',
  direction: 'in',
  camera: { kind: 'usb', device: '/dev/video0' },
  identification: { max_fpir: '1 in 1,000' },
  verification: { max_fmr: '1 in 10,000' },
});
const config = { site: 'hq', lanes: [lane] };
const NORTH = cameraCondition(siteId('hq'), laneId('north'), 'color');
const card = cardOf(2, {
  ...table('a test'),
  rows: [
    { distance: 0.001, fmr: 1e-8 },
    { distance: 0.5, fmr: 1e-4 },
    { distance: 1, fmr: 1 },
  ],
});

const added = (person: string, vector: readonly number[], condition?: CaptureCondition): GalleryChange => ({
  kind: 'add-template',
  template: {
    person: personId(person),
    digest: digestOf(card),
    source: `${person}${vector.join()}`,
    vector: Float32Array.from(vector),
    createdAt: wallTime(0),
    condition,
  },
});

async function audited(templates: readonly GalleryChange[], people: readonly string[]) {
  const gallery = fakeGallery();
  const consent = { textVersion: '1', givenAt: wallTime(0) };
  await gallery.apply([
    ...people.map(
      (id): GalleryChange => ({ kind: 'put-person', person: { id: personId(id), name: id, consent } }),
    ),
    ...templates,
  ]);
  return auditGallery({ gallery, config, comparison: comparisonOf(card) });
}

test('two people who are alike are told with the lanes where each passes as the other', async () => {
  const { alike, people, templates } = await audited(
    [added('ada', [1, 0]), added('bob', [1, 0.01]), added('cyd', [-1, 0])],
    ['ada', 'bob', 'cyd'],
  );
  assert.deepEqual([people, templates], [3, 3]);
  assert.deepEqual(
    alike.map(({ people: pair, passes }) => [pair, passes]),
    [
      [
        ['ada', 'bob'],
        [
          { lane: 'north', mode: 'identification' },
          { lane: 'north', mode: 'verification' },
        ],
      ],
    ],
  );
});

test('where templates were captured is counted, and a lane’s camera with fewer than five people is few', async () => {
  const { captured } = await audited(
    [
      added('ada', [1, 0], NORTH),
      added('ada', [1, 0.1], NORTH),
      added('bob', [0, 1]),
      added('cyd', [-1, 0], WEBCAM),
    ],
    ['ada', 'bob', 'cyd'],
  );
  assert.deepEqual(
    captured.map(({ condition, lane: at, people, templates, isFew }) => [
      condition,
      at,
      people,
      templates,
      isFew,
    ]),
    [
      [NORTH, 'north', 1, 2, true],
      [UNKNOWN_CONDITION, undefined, 1, 1, false],
      [WEBCAM, undefined, 1, 1, false],
    ],
  );
});

test('people without a template of the encoder in use are named, and not counted', async () => {
  const old = added('dan', [1, 0]);
  assert.ok(old.kind === 'add-template');
  const foreign = { ...old, template: { ...old.template, digest: modelDigest('f'.repeat(64)) } };
  const { oldEncoder, people } = await audited([added('ada', [1, 0]), foreign], ['ada', 'dan', 'eva']);
  assert.deepEqual(oldEncoder, ['dan']);
  assert.equal(people, 1);
});

test('an empty gallery is audited without a finding', async () => {
  const { people, alike, unlike, captured, oldEncoder } = await audited([], []);
  assert.deepEqual([people, alike, unlike, captured, oldEncoder], [0, [], [], [], []]);
});

test('a place is a lane of this box or of another one, photographs or a webcam, and nothing else', () => {
  assert.equal(readCapturedAt('north', config), NORTH);
  assert.equal(readCapturedAt('photo', config), PHOTO);
  assert.equal(readCapturedAt('webcam', config), WEBCAM);
  assert.equal(readCapturedAt('hq/north', config), NORTH);
  assert.equal(readCapturedAt(NORTH, config), NORTH);
  const dock = cameraCondition(siteId('plant'), laneId('dock'), 'infrared');
  assert.equal(readCapturedAt('plant/dock/infrared', config), dock);
  for (const text of ['south', 'unknown', '', '/', 'a/', '/b', 'a b/c', 'a/b/blue', 'a/b/color/c'])
    assert.equal(readCapturedAt(text, config), undefined);
});
