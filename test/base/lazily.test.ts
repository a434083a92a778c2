import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lazily } from '../../src/base/lazily.js';

test('makes a value once, and only when it is asked for', () => {
  let made = 0;
  const value = lazily(() => {
    made += 1;
    return undefined;
  });
  assert.equal(made, 0);
  value();
  value();
  assert.equal(made, 1);
});
