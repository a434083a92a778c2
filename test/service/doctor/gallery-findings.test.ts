import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LanePromise } from '../../../src/lane/health/lane-state.js';
import { promiseFindings } from '../../../src/service/doctor/gallery-findings.js';

const toldOf = (promise: Partial<LanePromise>): readonly string[] =>
  promiseFindings('north', { centrePeople: 0, pairs: 0, ...promise }).map(
    ({ verdict, detail }) => `${verdict}: ${detail}`,
  );

test('a promise that the site contradicts is a warning, and says what to do', () => {
  const [finding, ...more] = promiseFindings('north', {
    identification: 'contradicted',
    centrePeople: 0,
    pairs: 45,
  });
  assert.deepEqual(more, []);
  assert.equal(finding?.verdict, 'warning');
  assert.match(finding.detail, /^Lane north, a face alone: .*45 pairs.*stricter table/);
  assert.match(finding.todo ?? '', /twinstile people audit/);
});

test('what is centred, measured or not known yet is good, each in words of its own', () => {
  assert.deepEqual(
    toldOf({ identification: 'centred', verification: 'measured', centrePeople: 3, pairs: 3 }),
    [
      'good: Lane north, a face alone: what the camera makes of everybody is taken away, by 3 enrolled there (3 pairs of people enrolled here).',
      'good: Lane north, a badge and its face: measured here, 3 pairs of people enrolled here keep the promise.',
    ],
  );
  assert.deepEqual(toldOf({ verification: 'delivered' }), [
    'good: Lane north, a badge and its face: the table as delivered; nobody contradicts it (nobody to compare with).',
  ]);
});

test('a way of being let in that the lane does not offer has no finding', () => {
  assert.deepEqual(toldOf({}), []);
});
