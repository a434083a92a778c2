import assert from 'node:assert/strict';
import { test } from 'node:test';
import { laneId } from '../../../src/base/ids.js';
import { createLaneWatches } from '../../../src/service/core-socket/lane-watches.js';
import type { SnapshotSource, Vision, VisionReport } from '../../../src/vision/ports/vision.js';

const north = laneId('north');
const vision = (reports: readonly VisionReport[]): Vision & SnapshotSource => ({
  snapshot: async () => ({ kind: 'none', reason: 'busy' }),
  watch: async (onReport) => {
    for (const report of reports) onReport(report);
  },
});
const ended: VisionReport = { kind: 'end', frames: 1 };

test('a listener sees each report after the lane did, until it is ended', async () => {
  const watch = createLaneWatches('off', () => {}).of(north);
  const seen: string[] = [];
  const stop = watch.listen(() => seen.push('listener'));
  const tapped = watch.tapped(vision([ended]));
  await tapped.watch(() => seen.push('lane'), new AbortController().signal);
  stop();
  await tapped.watch(() => seen.push('lane'), new AbortController().signal);
  assert.deepEqual(seen, ['lane', 'listener', 'lane']);
  assert.deepEqual(await tapped.snapshot(), { kind: 'none', reason: 'busy' });
});

test('a listener that throws is heard no more, and the lane does not notice', async () => {
  const faults: unknown[] = [];
  const watch = createLaneWatches('off', (error) => faults.push(error)).of(north);
  watch.listen(() => {
    throw new Error('a screen that is gone');
  });
  let reports = 0;
  await watch.tapped(vision([ended, ended])).watch(() => {
    reports += 1;
  }, new AbortController().signal);
  assert.deepEqual([reports, faults.length], [2, 1]);
});

test('a lane has one watch, and evidence only where the site keeps it', () => {
  const [off, on] = [createLaneWatches('off', () => {}), createLaneWatches('numbers', () => {})];
  assert.equal(off.of(north), off.of(north));
  assert.equal(off.of(north).evidence, undefined);
  assert.notEqual(on.of(north).evidence, undefined);
});
