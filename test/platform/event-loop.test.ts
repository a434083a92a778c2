import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { watchEventLoop } from '../../src/platform/event-loop.js';

const block = (span: number) => {
  const end = performance.now() + span;
  while (performance.now() < end);
};

test('the longest time for which nothing else could run is found, and told once', async (t) => {
  const watch = watchEventLoop();
  t.after(() => watch.close());
  await sleep(50);
  block(300);
  await sleep(50);
  const first = watch.take();
  assert.ok(first !== undefined && first.max >= 250, `${first?.max} ms`);
  assert.ok(first.p50 <= first.p99 && first.p99 <= first.max);
  await sleep(100);
  const second = watch.take();
  assert.ok(second !== undefined && second.max < first.max);
});
