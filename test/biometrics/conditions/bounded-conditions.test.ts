import assert from 'node:assert/strict';
import { test } from 'node:test';
import { personId } from '../../../src/base/ids.js';
import { boundedConditions, MAX_CONDITIONS } from '../../../src/biometrics/conditions/bounded-conditions.js';
import {
  type CaptureCondition,
  PHOTO,
  UNKNOWN_CONDITION,
  WEBCAM,
} from '../../../src/biometrics/conditions/capture-condition.js';

const camera = (n: number): CaptureCondition =>
  `camera/${n.toString(16).padStart(16, '0')}/color` as CaptureCondition;
const rowsOf = (...rows: readonly (readonly [string, CaptureCondition])[]) => ({
  owners: rows.map(([person]) => personId(person)),
  conditions: rows.map(([, condition]) => condition),
});
const madeUp = Array.from({ length: 5000 }, (_, n) => [`m${n}`, camera(n + 100)] as const);

test('as many conditions as fit stay as they are, with photographs beside them', () => {
  const rows = rowsOf(
    ...madeUp.slice(0, MAX_CONDITIONS - 1),
    ['ada', WEBCAM],
    ['bob', PHOTO],
    ['cyd', UNKNOWN_CONDITION],
  );
  assert.equal(boundedConditions(rows), rows.conditions);
});

test('of thousands that were made up few hundred remain, the others count as unknown, and photographs stay', () => {
  const bounded = boundedConditions(rowsOf(...madeUp, ['bob', PHOTO]));
  const kept = new Set(bounded);
  assert.equal(kept.delete(PHOTO) && kept.delete(UNKNOWN_CONDITION), true);
  assert.equal(kept.size, MAX_CONDITIONS);
  assert.equal(bounded.length, madeUp.length + 1);
});

test('cameras where several people were enrolled, and the box’s own, are displaced by none', () => {
  const [shared, own] = [camera(0xffff_ffff), camera(0xffff_fffe)];
  const rows = rowsOf(...madeUp, ['ada', shared], ['bob', shared], ['cyd', own], ['cyd', own]);
  const bounded = boundedConditions(rows, new Set([own]));
  assert.deepEqual(bounded.slice(-4), [shared, shared, own, own]);
  // One person is one, however many templates there are.
  assert.deepEqual(boundedConditions(rows).slice(-2), [UNKNOWN_CONDITION, UNKNOWN_CONDITION]);
});

test('which remain does not depend on the order of the rows', () => {
  const named = (rows: typeof madeUp) => [...new Set(boundedConditions(rowsOf(...rows)))].sort();
  assert.deepEqual(named(madeUp), named([...madeUp].reverse()));
});
