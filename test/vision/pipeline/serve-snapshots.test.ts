import assert from 'node:assert/strict';
import { test } from 'node:test';
import { millis, monotonic } from '../../../src/base/units.js';
import { createSnapshotRequests } from '../../../src/vision/pipeline/serve-snapshots.js';
import { fakePicture } from './fake-models.js';

function desk() {
  const said: (readonly [number, number | undefined])[] = [];
  const snapshots = createSnapshotRequests((id, { bytes }) => said.push([id, bytes[3]]));
  return { said, ...snapshots };
}

test('nobody gets a picture who did not order one', () => {
  const { said, serve } = desk();
  serve(fakePicture(1), monotonic(0));
  assert.deepEqual(said, []);
});

test('an order gets the next picture, and only that one', () => {
  const { said, accept: order, serve } = desk();
  order(4, millis(1000), monotonic(0));
  serve(fakePicture(1), monotonic(500));
  serve(fakePicture(2), monotonic(501));
  assert.deepEqual(said, [[4, 1]]);
});

test('a picture that comes after the patience goes to nobody, and nor does the one after it', () => {
  const { said, accept: order, serve } = desk();
  order(4, millis(1000), monotonic(0));
  serve(fakePicture(1), monotonic(1001));
  serve(fakePicture(2), monotonic(1002));
  assert.deepEqual(said, []);
});

test('the newest order takes the place of the one before', () => {
  const { said, accept: order, serve } = desk();
  order(4, millis(1000), monotonic(0));
  order(5, millis(1000), monotonic(900));
  serve(fakePicture(1), monotonic(1500));
  assert.deepEqual(said, [[5, 1]]);
});
