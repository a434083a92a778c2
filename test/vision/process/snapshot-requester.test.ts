import assert from 'node:assert/strict';
import { test } from 'node:test';
import { millis } from '../../../src/base/units.js';
import { createSnapshotRequester } from '../../../src/vision/process/snapshot-requester.js';
import type { VisionClient } from '../../../src/vision/process/vision-client.js';

const picture = { bytes: Uint8Array.of(0xff, 0xd8, 0xff), width: 2, height: 1 };

type Settle = (outcome: object) => void;

/** A client whose requests are answered by hand. */
function setUp() {
  const requests: unknown[] = [];
  const settles: Settle[] = [];
  const request = (body: object, options: object) =>
    new Promise((resolve) => {
      requests.push({ ...body, ...options });
      settles.push(resolve as Settle);
    });
  const client = { request } as unknown as Pick<VisionClient, 'request'>;
  const snapshots = createSnapshotRequester(millis(1000));
  snapshots.use(client);
  return { requests, settle: (outcome: object) => settles.shift()?.(outcome), snapshots };
}

test('a request is sent once, and its response comes back', async () => {
  const { requests, settle, snapshots } = setUp();
  const answer = snapshots.snapshot();
  settle({ kind: 'answered', responses: [{ kind: 'snapshot', id: 0, ...picture }] });
  assert.deepEqual(await answer, { kind: 'picture', ...picture });
  assert.deepEqual(requests, [{ kind: 'snapshot', patience: 1000, limit: 1500 }]);
});

test('one at a time: a second request meanwhile is refused as busy', async () => {
  const { requests, settle, snapshots } = setUp();
  const first = snapshots.snapshot();
  assert.deepEqual(await snapshots.snapshot(), { kind: 'none', reason: 'busy' });
  settle({ kind: 'late' });
  assert.deepEqual(await first, { kind: 'none', reason: 'camera-not-live' });
  assert.equal(requests.length, 1);
});

test('without a process, and with the end of one, the reason is that it restarts', async () => {
  const { requests, settle, snapshots } = setUp();
  const waiting = snapshots.snapshot();
  settle({ kind: 'ended', end: { cause: 'it exited with code 1' } });
  const restarting = { kind: 'none', reason: 'vision-restarting' };
  assert.deepEqual(await waiting, restarting);
  snapshots.use(undefined);
  assert.deepEqual(await snapshots.snapshot(), restarting);
  assert.equal(requests.length, 1);
});
