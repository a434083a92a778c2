import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  byClockStamp,
  byCount,
  byStreamStamp,
  type ReadingCheck,
} from '../../../src/vision/opencv/newest-frame.js';
import { holds } from '../../support/properties.js';

/** A camera behind a buffer: frame n comes at n · interval, and a read takes the oldest that was not read. */
function pretendCamera(
  judge: ReadingCheck,
  interval: number,
  decoding: number,
  stampOf: (taken: number) => number,
) {
  let now = 0;
  let frame = 0;
  return {
    work(span: number) {
      now += span;
    },
    /** How old the delivered frame is, and how old it is said to be. */
    look() {
      for (let reads = 1; ; reads += 1) {
        const start = now;
        frame += 1;
        now = Math.max(now, frame * interval) + decoding;
        const { isNewest, at } = judge({ start, end: now, stamp: stampOf(frame * interval) });
        if (isNewest || reads === 400) return { age: now - frame * interval, said: now - at, reads };
      }
    },
  };
}

const strategies = [
  ['by the stamps of V4L2', byClockStamp, (taken: number) => taken],
  ['by the stamps of RTSP', byStreamStamp, (taken: number) => taken + 123_456],
  ['by counting', byCount, () => 0],
] as const;

for (const [name, strategy, stampOf] of strategies) {
  test(`tells ${name} that nothing newer lies there, whatever the work between two looks`, async (t) => {
    const setting = fc.record({
      interval: fc.constantFrom(16.7, 33.3, 40, 100),
      decoding: fc.constantFrom(0.5, 3, 6),
      work: fc.array(fc.constantFrom(0, 5, 20, 60, 150, 700, 3000), { minLength: 1, maxLength: 30 }),
    });
    await holds(
      t,
      fc.property(setting, ({ interval, decoding, work }) => {
        const camera = pretendCamera(strategy(interval), interval, decoding, stampOf);
        for (let settle = 0; settle < 5; settle += 1) camera.look();
        for (const span of work) {
          camera.work(span);
          const { age, said } = camera.look();
          assert.ok(age <= 2 * interval + decoding + 20, `a frame of ${age} ms after ${span} ms of work`);
          assert.ok(Math.abs(said - age) <= interval + decoding + 20, `${said} ms said of ${age} ms`);
        }
      }),
      { short: 100, long: 20_000 },
    );
  });
}

test('reads no frame twice over when there is no work in between', () => {
  const camera = pretendCamera(byCount(40), 40, 3, () => 0);
  for (let settle = 0; settle < 5; settle += 1) camera.look();
  for (let turn = 0; turn < 100; turn += 1) assert.equal(camera.look().reads, 1);
});

for (const [guess, truth] of [
  [40, 100],
  [40, 200],
  [40, 33.3],
  [40, 16.7],
] as const)
  test(`learns that frames come every ${truth} ms where ${guess} were guessed`, () => {
    const camera = pretendCamera(byCount(guess), truth, 2, () => 0);
    for (let turn = 0; turn < 200; turn += 1) {
      camera.work(20);
      camera.look();
    }
    let reads = 0;
    for (let turn = 0; turn < 50; turn += 1) {
      camera.work(10);
      const look = camera.look();
      reads += look.reads;
      assert.ok(look.age <= 2 * truth + 2, `a frame of ${look.age} ms`);
    }
    assert.ok(reads <= 75, `${reads} reads for 50 looks`);
  });

test('does not take one slow read for the end of what lies there', () => {
  const judge = byCount(40);
  for (let n = 1; n <= 10; n += 1) judge({ start: 40 * (n - 1), end: 40 * n, stamp: 0 });
  assert.equal(judge({ start: 3400, end: 3430, stamp: 0 }).isNewest, false);
  assert.equal(judge({ start: 3430, end: 3431, stamp: 0 }).isNewest, false);
});

test('says how old a frame is that lay about for too long', () => {
  const judge = byStreamStamp(40);
  for (let n = 1; n <= 10; n += 1) judge({ start: 40 * (n - 1), end: 40 * n, stamp: 40 * n });
  assert.deepEqual(judge({ start: 3400, end: 3401, stamp: 440 }).isNewest, false);
  assert.ok(Math.abs(judge({ start: 3401, end: 3402, stamp: 480 }).at - 480) <= 5);
});

test('takes the time of arrival when V4L2 gives a stamp of another clock', () => {
  const judge = byClockStamp(33);
  assert.deepEqual(judge({ start: 1_000_000, end: 1_000_001, stamp: 0 }), { isNewest: true, at: 1_000_001 });
  assert.deepEqual(judge({ start: 100, end: 101, stamp: 1.7e12 }), { isNewest: true, at: 101 });
});
