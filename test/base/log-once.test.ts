import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogOnce } from '../../src/base/log-once.js';

test('reports the first of each row of failures, and each recovery', () => {
  const lines: unknown[] = [];
  const once = createLogOnce(
    (error) => lines.push(error),
    () => lines.push('recovered'),
  );
  once.succeeded();
  for (const error of ['first', 'second', 'third']) once.failed(error);
  once.succeeded();
  once.succeeded();
  once.failed('again');
  assert.deepEqual(lines, ['first', 'recovered', 'again']);
});
