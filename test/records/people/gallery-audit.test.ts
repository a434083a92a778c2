import assert from 'node:assert/strict';
import { test } from 'node:test';
import { personId } from '../../../src/base/ids.js';
import { type CaptureCondition, PHOTO } from '../../../src/biometrics/conditions/capture-condition.js';
import type { CalibrationTable } from '../../../src/biometrics/model-card.js';
import { type AuditedGallery, auditLikeness } from '../../../src/records/people/gallery-audit.js';
import { snapshotOf } from '../../contracts/search.js';
import { bruteForce } from '../../fakes/search.js';

const GATE = `camera/${'a'.repeat(16)}/color` as CaptureCondition;

/** 1 in 100 within 1, 1 in a million within 0.2. */
const TABLE: CalibrationTable = {
  source: 'a test',
  people: 2000,
  impostorPairs: 100_000_000,
  matedPairs: 2000,
  rows: [
    { distance: 0, fmr: 1e-7 },
    { distance: 0.2, fmr: 1e-6 },
    { distance: 1, fmr: 1e-2 },
    { distance: 2, fmr: 1 },
  ],
};

/** A direction of so many degrees. */
const at = (degrees: number): readonly [number, number] => [
  Math.cos((degrees * Math.PI) / 180),
  Math.sin((degrees * Math.PI) / 180),
];

async function galleryOf(
  rows: readonly (readonly [string, readonly number[], CaptureCondition?])[],
  offsetsBetween: AuditedGallery['offsetsBetween'] = () => ({}),
): Promise<AuditedGallery> {
  const snapshot = {
    ...snapshotOf(
      rows.map(([owner, vector]) => [owner, vector] as const),
      2,
    ),
    conditions: rows.map(([, , condition = PHOTO]) => condition),
  };
  return {
    snapshot,
    search: await bruteForce(snapshot, 'euclidean'),
    metric: 'euclidean',
    calibration: TABLE,
    offsetsBetween,
  };
}

test('people who differ, and whose templates agree, give no finding', async () => {
  const gallery = await galleryOf([
    ['ada', at(0)],
    ['ada', at(10)],
    ['bob', at(120)],
    ['cyd', at(240)],
  ]);
  assert.deepEqual(await auditLikeness(gallery), { unlike: [], alike: [] });
});

test('a template that is near no other one of its owner is found, and only that one', async () => {
  const gallery = await galleryOf([
    ['ada', at(0)],
    ['ada', at(10)],
    ['ada', at(90)],
    ['bob', at(200)],
  ]);
  const { unlike, alike } = await auditLikeness(gallery);
  assert.deepEqual(
    unlike.map(({ person, row, templates }) => ({ person, row, templates })),
    [{ person: 'ada', row: 2, templates: 3 }],
  );
  assert.ok((unlike[0]?.fmr ?? 0) > 1e-2);
  assert.deepEqual(alike, []);
});

test('people who are alike are found once, the most alike first, with how often others are', async () => {
  const gallery = await galleryOf([
    ['dan', at(100)],
    ['cyd', at(112)],
    ['bob', at(2)],
    ['ada', at(0)],
  ]);
  const { alike } = await auditLikeness(gallery);
  assert.deepEqual(
    alike.map(({ people }) => people),
    [
      ['ada', 'bob'],
      ['cyd', 'dan'],
    ],
  );
  assert.ok((alike[0]?.fmr ?? 1) < 1e-6);
});

test('what a camera makes of everybody does not make two people alike', async () => {
  const rows = [
    ['ada', at(-15), GATE],
    ['bob', at(15), GATE],
  ] as const;
  const [raw] = (await auditLikeness(await galleryOf(rows))).alike;
  assert.deepEqual(raw?.people, ['ada', 'bob']);
  const offset = Float64Array.of(0.8, 0);
  const centred = await galleryOf(rows, (a, b) => ({
    template: a === GATE ? offset : undefined,
    live: b === GATE ? offset : undefined,
  }));
  assert.deepEqual((await auditLikeness(centred)).alike, []);
});

test('only what concerns the people who are asked about is looked at', async () => {
  const gallery = await galleryOf([
    ['ada', at(0)],
    ['bob', at(1)],
    ['cyd', at(120)],
    ['dan', at(121)],
  ]);
  const { alike } = await auditLikeness(gallery, new Set([personId('dan')]));
  assert.deepEqual(
    alike.map(({ people }) => people),
    [['cyd', 'dan']],
  );
});

test('a template without a direction is unlike its owner, and like nobody', async () => {
  const gallery = await galleryOf([
    ['ada', at(0)],
    ['ada', [Number.NaN, 0]],
    ['ada', at(3)],
    ['bob', at(90)],
  ]);
  const { unlike, alike } = await auditLikeness(gallery);
  assert.deepEqual(
    unlike.map(({ row, fmr }) => ({ row, fmr })),
    [{ row: 1, fmr: 1 }],
  );
  assert.deepEqual(alike, []);
});

test('a gallery of nobody, or of one template, gives no finding', async () => {
  assert.deepEqual(await auditLikeness(await galleryOf([])), { unlike: [], alike: [] });
  assert.deepEqual(await auditLikeness(await galleryOf([['ada', at(0)]])), { unlike: [], alike: [] });
});
