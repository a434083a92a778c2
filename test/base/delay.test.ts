import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { untilAborted } from '../../src/base/delay.js';

const never = new Promise<never>(() => {});

test('the end of the work comes first, or the abort does, or its fault', async () => {
  const stop = new AbortController();
  assert.equal(await untilAborted(stop.signal, [never, Promise.resolve(7)]), 7);
  await assert.rejects(untilAborted(stop.signal, [Promise.reject(new Error('broken'))]), /broken/);
  const waiting = untilAborted(stop.signal, [never]);
  stop.abort();
  assert.equal(await waiting, 'aborted');
  assert.equal(await untilAborted(stop.signal, [Promise.resolve(7)]), 'aborted');
});

test('a thousand waits leave no listener at the signal of the program', async () => {
  const { signal } = new AbortController();
  for (let n = 0; n < 1000; n += 1) {
    await untilAborted(signal, [Promise.resolve(n)]);
    await untilAborted(signal, [Promise.reject(new Error('broken'))]).catch(() => {});
  }
  assert.deepEqual(getEventListeners(signal, 'abort'), []);
});
