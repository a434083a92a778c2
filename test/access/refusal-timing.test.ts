import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  arrival,
  refusalAtLeaving,
  refusalDue,
  withObservation,
  withProblems,
} from '../../src/access/subject.js';
import { trackId } from '../../src/base/ids.js';
import { frameSeq, millis, monotonic } from '../../src/base/units.js';

const here = arrival(trackId('t-1'), monotonic(1000));
const seenAt = (at: number) => ({
  observation: { frame: frameSeq(at), at: monotonic(at) },
  embedding: Float32Array.of(1),
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
    withObservation(here, seenAt(1000), millis(2000)),
    'insufficient-evidence',
    true,
  ],
  ['somebody who only passed by', withProblems(here, ['blurred'], monotonic(1400)), 'low-quality', false],
  ['somebody who stood there in vain', withProblems(here, ['blurred'], monotonic(1500)), 'low-quality', true],
  [
    'somebody who showed no badge',
    withObservation(here, seenAt(1000), millis(2000)),
    'badge-required',
    false,
  ],
] as const) {
  test(`${reported ? 'reports' : 'does not report'} that ${name} leaves undecided`, () => {
    assert.equal(refusalAtLeaving(subject, reason), reported);
  });
}
