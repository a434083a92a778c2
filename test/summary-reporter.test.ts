import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tooManySkips } from './support/summary-reporter.mjs';

test('a run may skip what a machine lacks', () => {
  assert.deepEqual(tooManySkips([]), []);
  assert.deepEqual(tooManySkips(['root may read everything; test/end-to-end asks as another user']), []);
  assert.deepEqual(tooManySkips(Array.from({ length: 40 }, () => 'needs PostgreSQL')), []);
});

test('a run that skips for a reason nobody wrote down, or too often, has failed', () => {
  assert.match(tooManySkips(['flaky']).join(), /not known: "flaky"/);
  assert.match(
    tooManySkips(['needs a build', ...Array.from({ length: 4 }, () => 'needs openssl')]).join(),
    /5 tests were skipped/,
  );
});
