import assert from 'node:assert/strict';
import { test } from 'node:test';
import { takeSnapshot } from '../../../src/service/daemon/order-snapshot.js';
import type { Snapshot } from '../../../src/vision/ports/vision.js';

const eye = (snapshot: Snapshot) => ({ snapshot: async () => snapshot });
const picture: Snapshot = { kind: 'picture', bytes: Uint8Array.of(0xff, 0xd8, 0xff), width: 2, height: 1 };

test('a picture goes into the answer', async () => {
  assert.deepEqual(await takeSnapshot({ snapshot: 'allowed' }, eye(picture)), {
    result: 'ok',
    width: 2,
    height: 1,
    jpeg: '/9j/',
  });
});

test('where the site does not allow it the camera is not even asked', async () => {
  const answer = await takeSnapshot({ snapshot: 'off' }, { snapshot: () => assert.fail('asked') });
  assert.equal(answer.result, 'refused');
  assert.match(JSON.stringify(answer), /snapshot-off.*privacy\.snapshot/);
});

for (const reason of ['camera-not-live', 'vision-restarting', 'busy'] as const)
  test(`'${reason}' is told with what to do about it`, async () => {
    const answer = await takeSnapshot({ snapshot: 'allowed' }, eye({ kind: 'none', reason }));
    assert.deepEqual([answer.result, 'reason' in answer && answer.reason], ['failed', reason]);
    assert.ok('hint' in answer && answer.hint);
  });
