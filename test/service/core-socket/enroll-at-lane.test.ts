import assert from 'node:assert/strict';
import { test } from 'node:test';
import { siteId } from '../../../src/base/ids.js';
import { wallTime } from '../../../src/base/units.js';
import type { Act } from '../../../src/records/journal/act.js';
import type { EnrollRequest } from '../../../src/service/core-socket/core-session.js';
import {
  createLaneEnrollment,
  type LaneEnrollmentDependencies,
} from '../../../src/service/core-socket/enroll-at-lane.js';
import { createLaneWatches } from '../../../src/service/core-socket/lane-watches.js';

const REQUEST: EnrollRequest = { lane: 'north', person: { id: 'ada' }, badges: [], lookalikes: true };
const ACTOR = { name: 'unix:0', via: 'cli' } as unknown as Parameters<
  ReturnType<typeof createLaneEnrollment>
>[1];

function enrollment() {
  const acts: Act[] = [];
  const opened: string[] = [];
  const enroll = createLaneEnrollment({
    site: siteId('hq'),
    lanes: ['north'],
    watches: createLaneWatches('off', () => {}),
    rulesOf: () => ({ needed: 3, mustLive: false, patience: 10_000 }),
    openStore: async () => {
      opened.push('store');
      throw new Error('not reached');
    },
    storedName: async () => undefined,
    record: async (_source: unknown, act: Act) => void acts.push(act),
    now: () => wallTime(0),
  } as unknown as LaneEnrollmentDependencies);
  return { acts, opened, enroll };
}

test('an enrollment that its client gives up is written down, and nothing is stored', async () => {
  const { acts, opened, enroll } = enrollment();
  const stop = new AbortController();
  const running = enroll(REQUEST, ACTOR, { onProgress: () => {}, signal: stop.signal });
  stop.abort();
  await assert.rejects(running);
  assert.deepEqual(
    acts.map(({ act, lane, person }) => [act, lane, person]),
    [['enrollment-refused', 'north', 'ada']],
  );
  assert.deepEqual(opened, []);
});

test('one person at a time is enrolled at a lane, and the lane is free again afterwards', async () => {
  const { enroll } = enrollment();
  const stop = new AbortController();
  const first = enroll(REQUEST, ACTOR, { onProgress: () => {}, signal: stop.signal });
  await assert.rejects(enroll(REQUEST, ACTOR, { onProgress: () => {}, signal: stop.signal }), {
    message: /somebody is/,
  });
  stop.abort();
  await assert.rejects(first);
  const again = new AbortController();
  again.abort();
  await assert.rejects(
    enroll(REQUEST, ACTOR, { onProgress: () => {}, signal: again.signal }),
    (error: Error) => {
      assert.doesNotMatch(error.message, /somebody is/);
      return true;
    },
  );
});

test('a lane that this box does not have is named with those it has', async () => {
  const { acts, enroll } = enrollment();
  const at = { onProgress: () => {}, signal: new AbortController().signal };
  await assert.rejects(enroll({ ...REQUEST, lane: 'south' }, ACTOR, at), { hint: 'Its lanes: north.' });
  assert.deepEqual(acts, []);
});
