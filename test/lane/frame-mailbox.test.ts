import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trackId } from '../../src/base/ids.js';
import { createMailbox } from '../../src/lane/frame-mailbox.js';
import { frameOf } from './lane-world.js';

const end = { kind: 'end', frames: 1 } as const;

test('gives reports in order, also to whoever waits for one', async () => {
  const mailbox = createMailbox(10, () => {});
  const waiting = mailbox.take();
  mailbox.put(frameOf(1, 0, []));
  mailbox.put(end);
  assert.equal((await waiting)?.kind, 'frame');
  assert.equal((await mailbox.take())?.kind, 'end');
});

test('drops the oldest frame when full, but not that a track ended', async () => {
  let dropped = 0;
  const mailbox = createMailbox(3, () => {
    dropped += 1;
  });
  mailbox.put({ kind: 'restarting', cause: 'killed' });
  for (let seq = 0; seq < 5; seq += 1) mailbox.put(frameOf(seq, seq, [], { ended: [trackId(`t-${seq}`)] }));
  assert.equal(dropped, 3);
  assert.equal((await mailbox.take())?.kind, 'restarting');
  const first = await mailbox.take();
  assert.ok(first?.kind === 'frame');
  assert.deepEqual([first.seq, first.ended, first.skipped], [3, ['t-0', 't-1', 't-2', 't-3'], 3]);
});

test('gives what is left after it was closed, then nothing', async () => {
  const mailbox = createMailbox(3, () => {});
  mailbox.put(end);
  mailbox.close();
  mailbox.put(end);
  assert.equal((await mailbox.take())?.kind, 'end');
  assert.equal(await mailbox.take(), undefined);
});
