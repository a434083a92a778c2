import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  createFairQueue,
  MAX_WAITING,
  type Origin,
} from '../../../../src/service/daemon/document/fair-queue.js';
import { holds } from '../../../support/properties.js';

const turns = <Job>(queue: { next(): Job | undefined }): Job[] => {
  const jobs: Job[] = [];
  for (let job = queue.next(); job !== undefined; job = queue.next()) jobs.push(job);
  return jobs;
};
const from = (lane: string, sender: string): Origin => ({ lane, sender });

test('lanes take turns, and in a lane its senders do', () => {
  const queue = createFairQueue<string>();
  for (const job of ['n1', 'n2']) queue.put(job, from('north', 'a'));
  queue.put('n3', from('north', 'b'));
  for (const job of ['s1', 's2']) queue.put(job, from('south', 'a'));
  assert.deepEqual(turns(queue), ['n1', 's1', 'n3', 's2', 'n2']);
});

test('a sender of which three wait is turned away, and where there is no room the newest of who has most', () => {
  const queue = createFairQueue<string>();
  const put = (job: string, sender: string) => queue.put(job, from('north', sender));
  for (const job of ['a1', 'a2', 'a3']) assert.deepEqual(put(job, 'a'), []);
  assert.deepEqual(put('a4', 'a'), ['a4']);
  for (const job of ['b1', 'b2', 'b3']) put(job, 'b');
  for (const job of ['c1', 'c2']) put(job, 'c');
  assert.deepEqual(put('d1', 'd'), ['b3']);
  assert.ok(turns(queue).includes('d1'));
});

/** One login floods a lane under up to four senders; now and then something is worked off. */
const flood = fc.array(fc.record({ sender: fc.nat({ max: 3 }), isWorkedOff: fc.boolean() }), {
  maxLength: 400,
});
const lanes = ['south', 'east', 'west'];

test("whatever one lane floods, another lane's photograph is never turned away and never waits for more than a turn of each", async (t) => {
  await holds(
    t,
    fc.property(flood, fc.integer({ min: 1, max: 3 }), (events, others) => {
      const queue = createFairQueue<string>();
      for (const { sender, isWorkedOff } of events) {
        queue.put('flood', from('north', `${sender}`));
        if (isWorkedOff) queue.next();
      }
      for (const lane of lanes.slice(0, others)) assert.deepEqual(queue.put(lane, from(lane, 'door')), []);
      const order = turns(queue);
      assert.ok(order.length <= MAX_WAITING.inAll);
      for (const lane of lanes.slice(0, others)) assert.ok(order.indexOf(lane) <= others, order.join());
    }),
    { short: 500, long: 20_000 },
  );
});

test('whatever three senders of a lane flood, the photograph of the fourth is never turned away and waits for a turn of each', async (t) => {
  const three = fc.array(fc.record({ sender: fc.nat({ max: 2 }), isWorkedOff: fc.boolean() }), {
    maxLength: 400,
  });
  await holds(
    t,
    fc.property(three, (events) => {
      const queue = createFairQueue<string>();
      for (const { sender, isWorkedOff } of events) {
        queue.put('flood', from('north', `${sender}`));
        if (isWorkedOff) queue.next();
      }
      assert.ok(!queue.put('visitor', from('north', 'door')).includes('visitor'));
      const order = turns(queue);
      assert.ok(order.indexOf('visitor') <= 3 && order.length <= MAX_WAITING.ofLane, order.join());
    }),
    { short: 500, long: 20_000 },
  );
});
