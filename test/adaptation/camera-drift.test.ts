import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CameraDrift, sharedSquare } from '../../src/adaptation/camera-drift.js';
import { personId } from '../../src/base/ids.js';
import { monotonic } from '../../src/base/units.js';

const HOUR = 3_600_000;
const MINUTE = 60_000;

/** What a person differs by: something of their own, and what the camera gives to all. */
const differenceOf = (own: number, shared: number): Float64Array => {
  const vector = new Float64Array(64);
  vector[1 + (own % 60)] = 0.6;
  vector[0] = shared;
  return vector;
};

/** One passage every ten minutes, of one person after the other. */
function pass(
  drift: CameraDrift,
  {
    from,
    hours,
    shared,
    people = 4,
    isGranted = true,
  }: {
    readonly from: number;
    readonly hours: number;
    readonly shared: number;
    readonly people?: number;
    readonly isGranted?: boolean;
  },
): void {
  for (let at = 0, i = 0; at <= hours * HOUR; at += 10 * MINUTE, i += 1)
    drift.see({
      person: personId(`p${i % people}`),
      difference: differenceOf(i % people, shared),
      isGranted,
      at: monotonic(from + at),
    });
}

test('the same camera is never taken for another one', () => {
  const drift = new CameraDrift();
  pass(drift, { from: 0, hours: 48, shared: 0.1 });
  assert.equal(drift.isMoved, false);
});

test('another camera is noticed after four hours, and not before', () => {
  const drift = new CameraDrift();
  pass(drift, { from: 0, hours: 2, shared: 0 });
  pass(drift, { from: 3 * HOUR, hours: 3.5, shared: 0.6 });
  assert.equal(drift.isMoved, false);
  pass(drift, { from: 7 * HOUR, hours: 2, shared: 0.6 });
  assert.equal(drift.isMoved, true);
});

test('two hours of dusk are no other camera', () => {
  const drift = new CameraDrift();
  for (let day = 0; day < 7; day += 1) {
    pass(drift, { from: day * 24 * HOUR, hours: 10, shared: 0.05 });
    pass(drift, { from: (day * 24 + 10.5) * HOUR, hours: 2, shared: 0.6 });
    pass(drift, { from: (day * 24 + 13) * HOUR, hours: 8, shared: 0.2 });
  }
  assert.equal(drift.isMoved, false);
});

test('a camera that is put back is the same again', () => {
  const drift = new CameraDrift();
  pass(drift, { from: 0, hours: 6, shared: 0.6 });
  assert.equal(drift.isMoved, true);
  pass(drift, { from: 7 * HOUR, hours: 5, shared: 0 });
  assert.equal(drift.isMoved, false);
});

test('one person alone, however often, proves nothing about a camera', () => {
  const drift = new CameraDrift();
  pass(drift, { from: 0, hours: 24, shared: 0.9, people: 1 });
  assert.equal(drift.isMoved, false);
});

test('people who are not let in prove it only if they are many', () => {
  const few = new CameraDrift();
  pass(few, { from: 0, hours: 24, shared: 0.6, people: 4, isGranted: false });
  assert.equal(few.isMoved, false);
  const many = new CameraDrift();
  pass(many, { from: 0, hours: 24, shared: 0.6, people: 6, isGranted: false });
  assert.equal(many.isMoved, true);
});

test('nothing is concluded from passages long ago', () => {
  const drift = new CameraDrift();
  pass(drift, { from: 0, hours: 1, shared: 0.6 });
  drift.see({
    person: personId('p9'),
    difference: differenceOf(9, 0.6),
    isGranted: true,
    at: monotonic(30 * HOUR),
  });
  assert.equal(drift.isMoved, false);
  pass(drift, { from: 31 * HOUR, hours: 5, shared: 0.6 });
  assert.equal(drift.isMoved, true);
});

test('a passage that is not finite changes nothing', () => {
  const drift = new CameraDrift();
  pass(drift, { from: 0, hours: 6, shared: 0.6 });
  drift.see({
    person: personId('p0'),
    difference: new Float64Array(64).fill(Number.NaN),
    isGranted: true,
    at: monotonic(7 * HOUR),
  });
  assert.equal(drift.isMoved, true);
});

test('what vectors share is their mean product, whatever each has for itself', () => {
  const numbers = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 });
  fc.assert(
    fc.property(fc.array(numbers, { minLength: 2, maxLength: 6 }), (rows) => {
      const vectors = rows.map((row) => Float64Array.from(row));
      let sum = 0;
      let pairs = 0;
      vectors.forEach((a, i) => {
        for (const b of vectors.slice(i + 1)) {
          sum += a.reduce((total, value, k) => total + value * (b[k] ?? 0), 0);
          pairs += 1;
        }
      });
      assert.ok(Math.abs(sharedSquare(vectors) - sum / pairs) < 1e-9);
    }),
  );
});
