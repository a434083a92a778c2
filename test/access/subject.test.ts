import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arrival, problemsOf, withObservation, withProblems } from '../../src/access/subject.js';
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
  assert.deepEqual(problemsOf(presence), ['blurred', 'too-small']);
});
