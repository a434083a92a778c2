import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  arrival,
  problemsByFrequency,
  refusalAtLeaving,
  refusalDue,
  withObservation,
  withProblems,
} from '../../src/access/subject.js';
import { trackId } from '../../src/base/ids.js';
import { frameSeq, millis, monotonic } from '../../src/base/units.js';

const here = arrival(trackId('t-1'), monotonic(1000));
const lookAt = (at: number) => ({
  observation: { frame: frameSeq(at), at: monotonic(at) },
  embedding: Float32Array.of(1),
});

test('remembers looks only as long as they can count', () => {
  let subject = here;
  for (const at of [1000, 1500, 3001]) subject = withObservation(subject, lookAt(at), millis(2000));
  assert.deepEqual(
    subject.observations.map(({ observation }) => observation.at),
    [1500, 3001],
  );
  assert.equal(subject.firstLook, 1000);
});

test('names the most frequent problem first', () => {
  let presence = withProblems(here, ['blurred'], monotonic(1100));
  presence = withProblems(presence, ['too-small', 'blurred'], monotonic(1200));
  assert.deepEqual(problemsByFrequency(presence), ['blurred', 'too-small']);
});

for (const [reason, waited, due] of [
  ['unknown', 1499, false],
  ['unknown', 1500, true],
  ['low-quality', 1500, true],
  ['insufficient-evidence', 5000, false],
  ['badge-required', 5000, false],
  ['unknown', Number.NaN, false],
] as const) {
  test(`${due ? 'refuses' : 'waits'} after ${waited} ms of '${reason}'`, () => {
    assert.equal(refusalDue(reason, monotonic(0), monotonic(waited), millis(1500)), due);
  });
}

for (const [name, subject, reason, reported] of [
  [
    'somebody who could be compared',
    withObservation(here, lookAt(1000), millis(2000)),
    'insufficient-evidence',
    true,
  ],
  ['somebody who only passed by', withProblems(here, ['blurred'], monotonic(1400)), 'low-quality', false],
  ['somebody who stood there in vain', withProblems(here, ['blurred'], monotonic(1500)), 'low-quality', true],
  [
    'somebody who showed no badge',
    withObservation(here, lookAt(1000), millis(2000)),
    'badge-required',
    false,
  ],
] as const) {
  test(`${reported ? 'reports' : 'does not report'} that ${name} leaves undecided`, () => {
    assert.equal(refusalAtLeaving(subject, reason), reported);
  });
}
