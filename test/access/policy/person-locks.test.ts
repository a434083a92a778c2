import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPersonLocks } from '../../../src/access/policy/person-locks.js';
import { millis, monotonic } from '../../../src/base/units.js';
import { ada, bob, north, south } from './sample.js';

const hold = millis(3000);

test('of two lanes that want one person at once, the first has them', () => {
  const personLocks = createPersonLocks(hold);
  const now = monotonic(5);
  assert.deepEqual([personLocks.take(ada, north, now), personLocks.take(ada, south, now)], [true, false]);
  assert.equal(personLocks.take(bob, south, now), true);
});

test('the lane that has the person may ask again, and keeps them longer by it', () => {
  const personLocks = createPersonLocks(hold);
  personLocks.take(ada, north, monotonic(0));
  assert.equal(personLocks.take(ada, north, monotonic(2000)), true);
  assert.equal(personLocks.take(ada, south, monotonic(5000)), false);
});

test('a claim ends by itself after its time, and not before', () => {
  const personLocks = createPersonLocks(hold);
  personLocks.take(ada, north, monotonic(0));
  assert.equal(personLocks.take(ada, south, monotonic(3000)), false);
  assert.equal(personLocks.take(ada, south, monotonic(3001)), true);
});

test('a lane gives back only what it has', () => {
  const personLocks = createPersonLocks(hold);
  personLocks.take(ada, north, monotonic(0));
  personLocks.release(ada, south);
  assert.equal(personLocks.take(ada, south, monotonic(1)), false);
  personLocks.release(ada, north);
  assert.equal(personLocks.take(ada, south, monotonic(1)), true);
});

test('at a time that is no number nobody gets anybody', () =>
  assert.equal(createPersonLocks(hold).take(ada, north, monotonic(Number.NaN)), false));
