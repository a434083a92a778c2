import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSelfTestJudge, selfTestRules } from '../../src/biometrics/encoder-self-test.js';

const rules = { metric: 'euclidean', tolerance: 0.03 } as const;
const vectors = (face: readonly number[], other: readonly number[]) => ({
  face: Float32Array.from(face),
  other: Float32Array.from(other),
});
const good = vectors([1, 0, 0], [0, 1, 0]);
const near = vectors([1, 0.02, 0], [0, 1, 0]);
const far = vectors([1, 0, 0], [0, 1, 0.04]);
const garbage = vectors([0.3, 0.9, 0.1], [0.1, 0.2, 0.8]);
const alike = vectors([1, 0, 0], [1, 0, 0.05]);
const nothing = vectors([Number.NaN, 0, 0], [0, 1, 0]);

for (const [name, sung, verdicts] of [
  ['the first pair proves nothing, the second confirms it', [good, good], ['unsure', 'true']],
  ['rounding is no drift', [good, near, near], ['unsure', 'true', 'true']],
  ['a drift of either face is found', [good, good, far], ['unsure', 'true', 'untrue']],
  [
    'what comes back to its place is true again',
    [good, good, garbage, good],
    ['unsure', 'true', 'untrue', 'true'],
  ],
  [
    'garbage at the start does not become the measure',
    [garbage, good, good, good],
    ['unsure', 'untrue', 'unsure', 'true'],
  ],
  ['one vector for every face is untrue however steady it is', [alike, alike], ['untrue', 'untrue']],
  ['NaN is untrue', [nothing, nothing], ['untrue', 'untrue']],
] as const)
  test(name, () => {
    const judge = createSelfTestJudge(rules);
    assert.deepEqual(
      sung.map((one) => judge(one).verdict),
      verdicts,
    );
  });

test('says how far the worse of the two drifted', () => {
  const judge = createSelfTestJudge(rules);
  judge(good);
  assert.ok(Math.abs((judge(far).drift ?? 0) - 0.04) < 1e-6);
});

test('the tolerance is a tenth of the surest distance that the pack was measured at', () => {
  const table = { source: 't', people: 1, impostorPairs: 9, matedPairs: 1 };
  const rows = [
    { distance: 0, fmr: 0 },
    { distance: 0.4, fmr: 0.1 },
  ];
  assert.deepEqual(selfTestRules('cosine', { ...table, rows }), { metric: 'cosine', tolerance: 0.4 * 0.1 });
});
