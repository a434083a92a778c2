import assert from 'node:assert/strict';
import { test } from 'node:test';
import { personId, trackId } from '../../../src/base/ids.js';
import { wallTime } from '../../../src/base/units.js';
import type { CalibrationTable } from '../../../src/biometrics/model-card.js';
import { DecisionEngine } from '../../../src/lane/decision/decision-engine.js';
import type { LaneGallery } from '../../../src/lane/decision/lane-gallery.js';
import type { FaceReport } from '../../../src/vision/ports/vision.js';
import { claimOf } from '../../access/judging.js';
import { snapshotOf } from '../../contracts/search.js';
import { bruteForce } from '../../fakes/search.js';
import { badgeRules, face, frameOf, rules } from '../lane-world.js';

/** One look opens up to 0.58 (5e-4, for two templates) or 0.5 (1e-4, with a badge); three or five fused a little less. */
const rows = [
  { distance: 0, fmr: 1e-7 },
  { distance: 0.5, fmr: 1e-4 },
  { distance: 0.7, fmr: 5e-3 },
  { distance: 2, fmr: 1 },
];
const shorter = rows.map((row) => ({ ...row, distance: 0.96 * row.distance }));
const about = { people: 200, impostorPairs: 1e8 };
const single: CalibrationTable = { ...about, source: 'test', matedPairs: 1, rows };
const calibration: CalibrationTable = {
  ...single,
  fused: [3, 5].map((looks) => ({ ...about, looks, rows: shorter })),
};

const galleryBy = async (table: CalibrationTable): Promise<LaneGallery> => {
  const snapshot = snapshotOf(
    [
      ['ada', [1, 0, 0, 0]],
      ['bob', [0, 1, 0, 0]],
    ],
    4,
  );
  return { snapshot, search: await bruteForce(snapshot, 'euclidean'), calibration: table };
};

/** A look at ada that leans 0.7 away from her in one of three directions: too far by itself, near enough with the others. */
const leaning = (n: number): readonly number[] => {
  const [a, b] = [Math.cos(0.7), Math.sin(0.7)];
  const away = [
    [0, 1, 0],
    [0, 0, 1],
    [0, -0.7, -0.7],
  ][n % 3] as number[];
  return [a, ...away.map((value) => value * b)];
};

interface Shown extends Partial<FaceReport> {
  readonly at?: number;
}

async function saidOf(
  shown: readonly Shown[],
  { gallery, badge = false }: { readonly gallery?: () => LaneGallery; readonly badge?: boolean } = {},
) {
  const usual = await galleryBy(calibration);
  const laneRules = badge ? badgeRules : rules;
  const engine = new DecisionEngine({ gallery: gallery ?? (() => usual), rules: laneRules });
  if (badge) engine.present({ ...claimOf('ada'), person: personId('ada'), at: frameOf(0, 5000, []).at });
  const said = [];
  for (const [n, { at = n * 130, ...one }] of shown.entries()) {
    const report = face('ada', { track: trackId('t-1'), embedding: Float32Array.from(leaning(n)), ...one });
    const frame = frameOf(n, 5000 + at, [report]);
    said.push(...(await engine.see(frame, { now: frame.at, wall: wallTime(0), gateFree: true })));
  }
  return said.filter(({ verdict }) => verdict === 'granted');
}

const three: readonly Shown[] = [{}, {}, {}];

test('lets in by three looks of which none is enough by itself, and says that they were fused', async () => {
  const [granted] = await saidOf(three);
  assert.equal(granted?.person, 'ada');
  assert.equal(granted?.frames, 3);
  assert.equal(granted?.fused, true);
});

test('1:1 as well', async () => {
  const [granted] = await saidOf(three, { badge: true });
  assert.deepEqual([granted?.person, granted?.frames, granted?.fused], ['ada', 3, true]);
});

test('not where the calibration has no table of several looks: there each counts by itself', async () => {
  const gallery = await galleryBy(single);
  assert.deepEqual(await saidOf([...three, ...three], { gallery: () => gallery }), []);
  assert.deepEqual(await saidOf([...three, ...three], { gallery: () => gallery, badge: true }), []);
});

test('not over a gap in which the face may have become another', async () => {
  assert.deepEqual(await saidOf([{ at: 0 }, { at: 130 }, { at: 700 }]), []);
  assert.equal((await saidOf([{ at: 0 }, { at: 130 }, { at: 600 }])).length, 1);
});

test('not with looks of a face whose place another took', async () => {
  assert.deepEqual(await saidOf([{}, {}, { replaced: true }, {}, {}]), []);
  assert.equal((await saidOf([{}, {}, { replaced: true }, {}, {}, {}])).length, 1);
});

test('not with looks that were compared with another gallery', async () => {
  const [first, second] = [await galleryBy(calibration), await galleryBy(calibration)];
  let asked = 0;
  const swapping = () => (++asked <= 2 ? first : second);
  assert.deepEqual(await saidOf([{}, {}, {}, {}], { gallery: swapping }), []);
});

test('not for somebody who is nobody in the newest look', async () => {
  const stranger = Float32Array.from([-0.2, 0, 0, 1]);
  assert.deepEqual(await saidOf([{}, {}, {}, { embedding: stranger }].slice(1)), []);
});

test('a swap of the gallery during a search drops the looks that were compared with the old one', async () => {
  const usual = await galleryBy(calibration);
  const next = await galleryBy(calibration);
  let current = usual;
  const engine = new DecisionEngine({ gallery: () => current, rules });
  const report = (n: number) =>
    frameOf(n, 5000 + n * 130, [
      face('ada', { track: trackId('t-1'), embedding: Float32Array.from(leaning(n)) }),
    ]);
  const about = (n: number) => ({ now: report(n).at, wall: wallTime(0), gateFree: true });
  const said = [...(await engine.see(report(0), about(0))), ...(await engine.see(report(1), about(1)))];
  const searching = engine.see(report(2), about(2));
  current = next;
  // What a pending grant asks meanwhile.
  engine.objectionNow(
    { track: trackId('t-1'), mode: 'identification', person: personId('ada') } as never,
    about(2),
  );
  said.push(...(await searching), ...(await engine.see(report(3), about(3))));
  assert.deepEqual(
    said.filter(({ verdict }) => verdict === 'granted'),
    [],
  );
  said.push(...(await engine.see(report(4), about(4))), ...(await engine.see(report(5), about(5))));
  assert.equal(said.filter(({ verdict }) => verdict === 'granted').length, 1);
});
