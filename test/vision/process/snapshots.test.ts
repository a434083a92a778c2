import assert from 'node:assert/strict';
import { test } from 'node:test';
import { millis } from '../../../src/base/units.js';
import type { Snapshot } from '../../../src/vision/ports/vision.js';
import { createSnapshotQuestions } from '../../../src/vision/process/snapshots.js';
import type { Request } from '../../../src/vision/process/vision-requests.js';

const picture: Snapshot = { kind: 'picture', bytes: Uint8Array.of(0xff, 0xd8, 0xff), width: 2, height: 1 };

function asking(patience = millis(1000)) {
  const asked: Request[] = [];
  const questions = createSnapshotQuestions(patience);
  questions.ask((request) => asked.push(request));
  return { asked, questions };
}

test('a question is asked once, and its answer comes back', async () => {
  const { asked, questions } = asking();
  const answer = questions.snapshot();
  assert.deepEqual(asked, [{ kind: 'snapshot', id: 0, patience: 1000 }]);
  assert.equal(questions.answered(0, picture), true);
  assert.equal(await answer, picture);
});

test('one at a time: whoever asks meanwhile is told so', async () => {
  const { asked, questions } = asking();
  const first = questions.snapshot();
  assert.deepEqual(await questions.snapshot(), { kind: 'none', reason: 'busy' });
  questions.answered(0, picture);
  assert.equal(await first, picture);
  assert.equal(asked.length, 1);
});

test('without a process nobody is asked, and with the end of one nobody waits', async () => {
  const { asked, questions } = asking();
  const waiting = questions.snapshot();
  questions.lost();
  const restarting = { kind: 'none', reason: 'vision-restarting' };
  assert.deepEqual(await waiting, restarting);
  assert.deepEqual(await questions.snapshot(), restarting);
  assert.equal(asked.length, 1);
});

test('a camera that gives nothing is said after the patience; a later answer goes to nobody', async () => {
  const { asked, questions } = asking(millis(1));
  assert.deepEqual(await questions.snapshot(), { kind: 'none', reason: 'camera-not-live' });
  const second = questions.snapshot();
  assert.equal(questions.answered(0, picture), true);
  questions.answered(1, { kind: 'none', reason: 'busy' });
  assert.deepEqual(await second, { kind: 'none', reason: 'busy' });
  assert.deepEqual(
    asked.map((request) => request.kind === 'snapshot' && request.id),
    [0, 1],
  );
});

test('an answer that was never asked for is known as one', () => {
  assert.equal(asking().questions.answered(0, picture), false);
});
