import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { processorWaitOf } from '../../src/platform/processor-wait.js';

/** A /proc with one process, 7. */
function procOf(t: TestContext) {
  const proc = mkdtempSync(path.join(tmpdir(), 'twinstile-proc-'));
  t.after(() => rmSync(proc, { recursive: true }));
  return {
    proc,
    waited(thread: number, ms: number) {
      const folder = path.join(proc, '7/task', String(thread));
      mkdirSync(folder, { recursive: true });
      writeFileSync(path.join(folder, 'schedstat'), `123456789 ${ms * 1e6} 42\n`);
    },
  };
}

test('says how long the thread that waited longest had no processor since the last question', (t) => {
  const { proc, waited } = procOf(t);
  waited(7, 1000);
  waited(8, 4000);
  const wait = processorWaitOf(7, proc);
  assert.equal(wait(), 0);
  waited(7, 1100);
  waited(8, 4250);
  waited(9, 90_000);
  assert.equal(wait(), 250);
  assert.equal(wait(), 0);
});

test('is 0 where the kernel does not say, and when the process is gone', (t) => {
  const { proc } = procOf(t);
  const wait = processorWaitOf(7, proc);
  assert.deepEqual([wait(), wait()], [0, 0]);
  mkdirSync(path.join(proc, '7/task/7'), { recursive: true });
  writeFileSync(path.join(proc, '7/task/7/schedstat'), 'nothing of the kind\n');
  assert.deepEqual([wait(), wait()], [0, 0]);
});

test('reads this very process', { skip: process.platform !== 'linux' && 'needs Linux' }, () => {
  const wait = processorWaitOf(process.pid);
  wait();
  assert.ok(wait() >= 0);
});
