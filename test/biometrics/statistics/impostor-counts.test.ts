import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { distance, falseMatchRate } from '../../../src/base/units.js';
import { PHOTO, UNKNOWN_CONDITION } from '../../../src/biometrics/conditions/capture-condition.js';
import { fmrOf } from '../../../src/biometrics/fmr.js';
import {
  addDistances,
  COUNT_BINS,
  type ImpostorCounts,
  metEvidence,
  noCounts,
} from '../../../src/biometrics/statistics/impostor-counts.js';
import { movedTable, standingAt } from '../../../src/biometrics/statistics/site-promise.js';
import { holds } from '../../support/properties.js';
import { table } from '../head/card-sample.js';

const calibration = {
  ...table('a test'),
  rows: [
    { distance: 0.5, fmr: 1e-6 },
    { distance: 1, fmr: 1e-3 },
    { distance: 1.2, fmr: 1e-2 },
    { distance: 1.4, fmr: 0.5 },
    { distance: 2, fmr: 1 },
  ],
};
const counted = (distances: readonly number[], more: Partial<ImpostorCounts> = {}): ImpostorCounts => ({
  template: PHOTO,
  source: 'passage',
  day: '2026-11-25',
  probes: 1,
  bins: addDistances(noCounts(), distances),
  ...more,
});
const far = (count: number): number[] => Array.from({ length: count }, () => 1.5);

test('a distance that is none, or is very large, counts as the farthest', () => {
  const bins = addDistances(noCounts(), [Number.NaN, Number.POSITIVE_INFINITY, 99, 0.005]);
  assert.deepEqual([bins[COUNT_BINS - 1], bins[0], bins.length], [3, 1, COUNT_BINS]);
});

test('impostors who came too near contradict the table, and one pair alone never does', () => {
  const [near] = metEvidence(calibration, [counted([0.6, 0.6, 0.65, 0.7, ...far(200)])]);
  assert.ok((near?.contradicted.length ?? 0) > 0);
  // One person under two ids is as near as that, every day.
  const [twins] = metEvidence(calibration, [counted([0.1, ...far(200)])]);
  assert.deepEqual(twins?.contradicted, []);
  assert.deepEqual(metEvidence(calibration, [counted([0.1])]), []);
});

test('the same people on many days are no more pairs than on one', async (t) => {
  await holds(
    t,
    fc.property(
      fc.array(fc.double({ min: 0, max: 3, noNaN: true }), { minLength: 2, maxLength: 60 }),
      fc.integer({ min: 1, max: 14 }),
      (distances, days) => {
        const once = metEvidence(calibration, [counted(distances)]);
        const often = metEvidence(
          calibration,
          Array.from({ length: days }, (_, n) => counted(distances, { day: `2026-11-${10 + n}` })),
        );
        assert.deepEqual(often, once);
      },
    ),
    { short: 100, long: 2000 },
  );
});

test('whatever was met, a table never becomes looser', async (t) => {
  const some = fc.array(fc.double({ min: -1, max: 5 }), { maxLength: 80 });
  await holds(
    t,
    fc.property(
      fc.array(fc.tuple(some, fc.constantFrom('passage', 'lookalike'), fc.integer({ min: 10, max: 20 })), {
        maxLength: 5,
      }),
      fc.double({ min: 0, max: 3, noNaN: true }),
      (days, at) => {
        const counts = days.map(([distances, source, day]) =>
          counted(distances, { source, day: `2026-11-${day}` }),
        );
        const moved = movedTable(calibration, metEvidence(calibration, counts));
        assert.ok(fmrOf(moved, distance(at)) >= fmrOf(calibration, distance(at)) - 1e-12);
      },
    ),
    { short: 200, long: 3000 },
  );
});

test('a promise is measured where either the enrolled or those who were met confirm it, under each condition', () => {
  const evidence = (template: typeof PHOTO, isConfirmed: boolean) => ({
    template,
    pairs: 1,
    contradicted: [],
    scale: 1,
    confirmed: isConfirmed ? [{ from: 0, to: 1 }] : [],
  });
  const standing = (...all: readonly ReturnType<typeof evidence>[]) =>
    standingAt({ evidence: all, centredBy: 0 }, falseMatchRate(1e-3));
  assert.equal(standing(evidence(PHOTO, true), evidence(PHOTO, false)), 'measured');
  assert.equal(standing(evidence(PHOTO, true), evidence(UNKNOWN_CONDITION, false)), 'delivered');
});
