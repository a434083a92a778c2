import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createLimitedReports, createLogOnce, ONCE_A_MINUTE } from '../../src/base/limited-reports.js';
import { monotonic } from '../../src/base/units.js';
import { holds } from '../support/properties.js';

const reportsOf = (maxKinds: number, limit = ONCE_A_MINUTE) => {
  const said: (readonly [string, number])[] = [];
  const reports = createLimitedReports<string>({
    limit,
    maxKinds,
    report: (what, count) => said.push([what, count]),
  });
  return { said, ...reports };
};

test('the first report goes out at once, and a minute later one says how many there were', () => {
  const { said, add, flush } = reportsOf(8);
  for (let n = 0; n < 1205; n += 1) add('flood', `message ${n}`, monotonic(n));
  flush(monotonic(59_000));
  assert.deepEqual(said, [['message 0', 1]]);
  flush(monotonic(60_000));
  assert.deepEqual(said, [
    ['message 0', 1],
    ['message 1204', 1204],
  ]);
});

test('every message is counted in exactly one report, whatever kinds are invented, and what is kept is bounded', async (t) => {
  await holds(
    t,
    fc.property(
      fc.array(fc.tuple(fc.nat(40), fc.nat(5000)), { maxLength: 300 }),
      fc.integer({ min: 1, max: 10 }),
      (messages, maxKinds) => {
        const { said, add, flush, end } = reportsOf(maxKinds, { burst: 2, perSecond: 0.1 });
        let now = 0;
        for (const [kind, gap] of messages) {
          now += gap;
          add(`kind ${kind}`, `kind ${kind}`, monotonic(now));
          if (gap % 3 === 0) flush(monotonic(now));
        }
        const most = (maxKinds + 1) * (2 + (now / 1000) * 0.1 + 1e-6);
        assert.ok(said.length <= most, `${said.length} reports in ${now} ms`);
        end();
        assert.equal(
          said.reduce((sum, [, count]) => sum + count, 0),
          messages.length,
        );
      },
    ),
    { short: 100, long: 100_000 },
  );
});

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
