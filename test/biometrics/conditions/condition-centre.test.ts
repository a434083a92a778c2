import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { personId } from '../../../src/base/ids.js';
import { type CaptureCondition, PHOTO } from '../../../src/biometrics/conditions/capture-condition.js';
import {
  CentreSums,
  type ConditionCentre,
  joinedCentres,
  lengthOf,
  shareOf,
} from '../../../src/biometrics/conditions/condition-centre.js';

const HERE = 'camera/0000000000000001/color' as CaptureCondition;
const THERE = 'camera/0000000000000002/color' as CaptureCondition;

interface Row {
  readonly person: string;
  readonly condition: CaptureCondition;
  readonly vector: readonly number[];
}

function centresOf(rows: readonly Row[], dimension = 3): ReadonlyMap<CaptureCondition, ConditionCentre> {
  const sums = new CentreSums(
    {
      owners: rows.map(({ person }) => personId(person)),
      conditions: rows.map(({ condition }) => condition),
    },
    dimension,
    (condition) => condition !== PHOTO,
  );
  rows.forEach(({ vector }, row) => {
    sums.add(row, Float32Array.from(vector));
  });
  return sums.centres();
}

const near = (a: Float64Array, b: readonly number[]): boolean =>
  a.length === b.length && b.every((value, i) => Math.abs(value - (a[i] ?? Number.NaN)) < 1e-6);

const direction = fc
  .tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 }), fc.integer({ min: 1, max: 9 }))
  .map(([x, y, z]) => [x / 3, y / 3, z / 3] as const);
const row = fc.record({
  person: fc.constantFrom('ada', 'bo', 'cy', 'dee'),
  condition: fc.constantFrom(HERE, THERE),
  vector: direction,
});

test('a person enrolled a hundred times counts once', () => {
  const often = Array.from({ length: 100 }, () => ({ person: 'ada', condition: HERE, vector: [1, 0, 0] }));
  const centre = centresOf([...often, { person: 'bo', condition: HERE, vector: [0, 1, 0] }]).get(HERE);
  assert.ok(centre !== undefined && near(centre.mean, [0.5, 0.5, 0]), `${centre?.mean}`);
  assert.ok(Math.abs(centre.people - 2) < 1e-9);
});

test('repeating any templates moves no centre', () => {
  fc.assert(
    fc.property(
      fc.array(row, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 2, max: 5 }),
      (rows, times) => {
        const once = centresOf(rows);
        const repeated = centresOf(Array.from({ length: times }, () => rows).flat());
        for (const [condition, { mean, people }] of once) {
          const again = repeated.get(condition);
          assert.ok(again !== undefined && near(again.mean, [...mean]));
          assert.ok(Math.abs(again.people - people) < 1e-6);
        }
      },
    ),
  );
});

test('a centre is made of one condition only, and does not depend on the order or length of vectors', () => {
  fc.assert(
    fc.property(
      fc.array(row, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 2, max: 9 }),
      (rows, scale) => {
        const mixed = centresOf(
          rows.map((one) => ({ ...one, vector: one.vector.map((x) => scale * x) })).reverse(),
        );
        for (const condition of [HERE, THERE]) {
          const own = rows.filter((one) => one.condition === condition);
          const expected = centresOf(own).get(condition);
          assert.equal(mixed.get(condition)?.people === undefined, expected === undefined);
          if (expected === undefined) continue;
          assert.ok(near(mixed.get(condition)?.mean ?? new Float64Array(), [...expected.mean]));
          assert.ok(lengthOf(expected.mean) <= 1 + 1e-6);
          assert.ok(Math.abs(expected.people - new Set(own.map(({ person }) => person)).size) < 1e-9);
        }
      },
    ),
  );
});

test('photographs and templates that are no numbers make no centre', () => {
  const centres = centresOf([
    { person: 'ada', condition: PHOTO, vector: [1, 0, 0] },
    { person: 'bo', condition: HERE, vector: [Number.NaN, 0, 0] },
    { person: 'cy', condition: HERE, vector: [0, 0, 0] },
    { person: 'dee', condition: THERE, vector: [Number.POSITIVE_INFINITY, 0, 0] },
  ]);
  assert.equal(centres.size, 0);
});

test('a damaged template leaves the rest of the centre as it is', () => {
  const centre = centresOf([
    { person: 'ada', condition: HERE, vector: [Number.NaN, 0, 0] },
    { person: 'bo', condition: HERE, vector: [0, 1, 0] },
  ]).get(HERE);
  assert.ok(centre !== undefined && near(centre.mean, [0, 1, 0]) && centre.people === 1);
});

test('the share that is taken away rises with the people and never reaches the whole', () => {
  assert.deepEqual([0, 1, 2, 4, 1000].map(shareOf), [0, 1 / 3, 1 / 2, 2 / 3, 1000 / 1002]);
  for (const people of [-1, Number.NaN]) assert.equal(shareOf(people), 0);
});

test('two centres of one camera are weighed by their people', () => {
  const of = (mean: readonly number[], people: number) => ({ mean: Float64Array.from(mean), people });
  const joined = joinedCentres(of([1, 0], 1), of([0, 1], 3));
  assert.ok(near(joined.mean, [0.25, 0.75]) && joined.people === 4);
  assert.deepEqual(joinedCentres(of([1, 0], 0), of([0, 1], 0)), of([1, 0], 0));
});

test('numbers behind the dimension take no part in a centre', () => {
  const centre = centresOf([{ person: 'ada', condition: HERE, vector: [0, 0.5, 0, 7, 9] }]).get(HERE);
  assert.ok(centre !== undefined && near(centre.mean, [0, 1, 0]));
});
