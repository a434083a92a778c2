import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Match } from '../../../src/access/observation.js';
import { personId } from '../../../src/base/ids.js';
import { falseMatchRate } from '../../../src/base/units.js';
import { fmrOf } from '../../../src/biometrics/fmr.js';
import type { LaneGallery } from '../../../src/lane/decision/lane-gallery.js';
import { matchFace } from '../../../src/lane/decision/observe-face.js';
import {
  claimWithinLimit,
  type LimitContext,
  withinLimit,
} from '../../../src/lane/decision/person-limits.js';
import { snapshotOf } from '../../contracts/search.js';
import { bruteForce } from '../../fakes/search.js';
import { holds } from '../../support/properties.js';
import { calibration } from '../lane-world.js';

const ada = personId('ada');
const bound = falseMatchRate(1e-5);
/** Rates of the test's table: 1e-8 at a distance of 0.1, then tenfold for each 0.1125. */
const rateAt = (distance: number): number => fmrOf(calibration, distance as Parameters<typeof fmrOf>[1]);

async function contextOf(
  rows: readonly (readonly [string, readonly number[]])[],
  { aside, limit }: { readonly aside?: readonly number[]; readonly limit?: number } = {},
): Promise<LimitContext> {
  const snapshot = snapshotOf(rows);
  const gallery: LaneGallery = {
    snapshot,
    search: await bruteForce(snapshot, 'euclidean'),
    calibration,
    aside: aside === undefined ? undefined : new Map([[ada, new Set(aside)]]),
  };
  const rates =
    limit === undefined
      ? undefined
      : { identification: falseMatchRate(limit), verification: falseMatchRate(limit) };
  return { gallery, calibration, bound, limitOf: (person) => (person === ada ? rates : undefined) };
}

const rows = [
  ['ada', [0, 0]],
  ['ada', [0.3, 0]],
  ['bob', [3, 0]],
] as const;

async function matched(context: LimitContext, probe: readonly number[]): Promise<Match> {
  const vector = Float32Array.from(probe);
  const raw = await matchFace(vector, context.gallery.search, calibration);
  assert.ok(raw);
  return withinLimit(raw, vector, context);
}

test('a person without a limit is matched as before', async () => {
  const match = await matched(await contextOf(rows), [0, 0]);
  assert.deepEqual([match.fmr, match.doubted], [1e-8, undefined]);
});

test('a template that was set aside opens nothing, and those that remain do', async () => {
  const context = await contextOf(rows, { aside: [0] });
  assert.equal((await matched(context, [0.3, 0])).doubted, undefined);
  const near = await matched(context, [0, 0]);
  assert.equal(near.fmr, rateAt(Math.fround(0.3)));
  assert.equal((await matched(context, [-0.3, 0])).disputed, true);
  const none = await contextOf(rows, { aside: [0, 1] });
  assert.equal((await matched(none, [0, 0])).disputed, true);
});

test('a stricter bound refuses what the lane alone would let in, for that person only', async () => {
  const context = await contextOf(rows, { limit: 1e-7 });
  assert.equal((await matched(context, [0, 0.1])).disputed, undefined);
  assert.equal((await matched(context, [0, 0.3])).disputed, true);
  assert.equal((await matched(context, [3, 0.3])).disputed, undefined);
});

test('with a badge the same holds: the bound, and the templates that are left', async () => {
  const claimed = (context: LimitContext, probe: readonly number[]): number => {
    const vector = Float32Array.from(probe);
    const distance = context.gallery.search.against(vector, ada);
    assert.ok(distance !== undefined);
    return claimWithinLimit(fmrOf(calibration, distance), ada, vector, context);
  };
  assert.equal(claimed(await contextOf(rows, { limit: 1e-7 }), [0, 0.3]), 1);
  assert.equal(claimed(await contextOf(rows, { limit: 1e-7 }), [0, 0.1]), rateAt(Math.fround(0.1)));
  assert.equal(claimed(await contextOf(rows, { aside: [0] }), [-0.3, 0]), 1);
  assert.equal(claimed(await contextOf(rows), [0, 0.3]), rateAt(Math.fround(0.3)));
});

test('whatever is set aside or bounded: the same person, and never a lower rate', async (t) => {
  const place = fc.tuple(
    fc.double({ min: -1, max: 1, noNaN: true }),
    fc.double({ min: -1, max: 1, noNaN: true }),
  );
  const row = fc.tuple(fc.constantFrom('ada', 'bob'), place);
  await holds(
    t,
    fc.asyncProperty(
      fc.array(row, { minLength: 1, maxLength: 6 }),
      place,
      fc.array(fc.nat(5)),
      fc.option(fc.double({ min: 1e-9, max: 1, noNaN: true }), { nil: undefined }),
      async (some, probe, aside, limit) => {
        const context = await contextOf(some, { aside, limit });
        const vector = Float32Array.from(probe);
        const raw = await matchFace(vector, context.gallery.search, calibration);
        assert.ok(raw);
        const limited = withinLimit(raw, vector, context);
        assert.equal(limited.person, raw.person);
        assert.equal(limited.runnerUpFmr, raw.runnerUpFmr);
        assert.ok(limited.fmr >= raw.fmr);
        if (limited.doubted === undefined && raw.fmr <= bound) assert.ok(limited.fmr <= bound);
      },
    ),
    { short: 200, long: 20_000 },
  );
});
