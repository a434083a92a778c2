import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { trackId } from '../../src/base/ids.js';
import { monotonic } from '../../src/base/units.js';
import { createFreeExit, type FreeExit } from '../../src/lane/free-exit.js';
import type { LaneOutcome } from '../../src/lane/lane-dependencies.js';
import type { FaceReport } from '../../src/vision/ports/vision.js';
import { holds } from '../support/properties.js';
import { face, frameOf, rules } from './lane-world.js';

interface Shown {
  readonly track?: string;
  /** In pixels; a face is 80 wide. */
  readonly x: number;
  readonly y?: number;
  readonly side?: number;
}

const reportOf = ({ track = 't-1', x, y = 100, side = 80 }: Shown): FaceReport =>
  face('eve', { track: trackId(track), box: { x, y, width: side, height: side } });

/** Shows frames 33 ms apart; what was opened is told with its time. */
function watched(outcome: LaneOutcome['outcome'] = 'opened', exit: FreeExit = createFreeExit(rules)) {
  const opened: (readonly [at: number, track: string])[] = [];
  let seq = 0;
  let time = 10_000;
  let busyUntil = 0;
  return {
    opened,
    show(people: readonly Shown[], { every = 33, age = 0, isFree = true } = {}): void {
      time += every;
      const frame = frameOf(seq, time - age, people.map(reportOf));
      seq += 1;
      const granted = exit.see(frame, monotonic(time), isFree && time >= busyUntil);
      if (granted === undefined) return;
      opened.push([time - 10_000, granted.track ?? '-']);
      busyUntil = time + 300;
      exit.settled(granted, { outcome });
    },
  };
}
/** A person is never still: they sway by a few pixels, slowly. */
const swaying = (n: number): number => 100 + 8 * Math.sin(n / 20);
/** A detector's jitter on a poster, in pixels. */
const jitter = (n: number): number => 300 + Math.sin(n * 12.9898) * 1.5;
const SECONDS = 30;

test('a poster in view for 9.5 minutes opens nothing, however often its track begins anew', () => {
  const world = watched();
  for (let n = 0; n < 570 * SECONDS; n += 1)
    if (n % 1000 < 970)
      world.show([{ track: `p-${Math.floor(n / 1000)}`, x: jitter(n), y: 100 + jitter(n * 3) / 100 }]);
    else world.show([]);
  assert.deepEqual(world.opened, []);
});

test('what is not fresh opens nothing', () => {
  const world = watched();
  for (let n = 0; n < 90; n += 1) world.show([{ x: 100 + 3 * n }], { age: 400 });
  assert.deepEqual(world.opened, []);
});

test('somebody who comes is let through, and not again as long as they stay', () => {
  const world = watched();
  for (let n = 0; n < 600 * SECONDS; n += 1) world.show([{ x: n < 20 ? 40 + 3 * n : swaying(n) }]);
  assert.equal(world.opened.length, 1);
});

test('nor under track ids that change while the face stays', () => {
  const world = watched();
  for (let n = 0; n < 120 * SECONDS; n += 1)
    world.show([{ track: `t-${Math.floor(n / 100)}`, x: swaying(n) }]);
  assert.equal(world.opened.length, 1);
});

test('who was gone is let through again', () => {
  const world = watched();
  const come = (): void => {
    for (let n = 0; n < 30; n += 1) world.show([{ x: 40 + 3 * n }]);
  };
  come();
  for (let n = 0; n < 100; n += 1) world.show([]);
  come();
  assert.equal(world.opened.length, 2);
});

test('somebody else who steps into the place of one who went is let through', () => {
  const world = watched();
  for (let n = 0; n < 60; n += 1) world.show([{ track: 'first', x: 40 + Math.min(60, 3 * n) }]);
  for (let n = 0; n < 60; n += 1) world.show([{ track: 'second', x: 100, side: 60 + n }]);
  // Not seen before, just where the first one stood: let through as soon as they have come on.
  for (let n = 0; n < 10; n += 1) world.show([]);
  for (let n = 0; n < 60; n += 1) world.show([{ track: 'third', x: 100 + 2 * n, side: 119 }]);
  assert.deepEqual(
    world.opened.map(([, track]) => track),
    ['first', 'second', 'third'],
  );
});

test('two who come together are both let through, each once', () => {
  const world = watched();
  for (let n = 0; n < 200; n += 1)
    world.show([
      { track: 'a', x: swaying(n) },
      { track: 'b', x: 300 + swaying(n + 9) },
    ]);
  assert.deepEqual(world.opened.map(([, track]) => track).sort(), ['a', 'b']);
});

test('somebody who stood there already when everybody may go out is let through at once', () => {
  const world = watched();
  for (let n = 0; n < 60; n += 1) world.show([{ x: swaying(n) }], { isFree: false });
  world.show([{ x: swaying(60) }]);
  assert.equal(world.opened.length, 1);
});

test('who was let through in vain is tried again, and no more often than anybody could have passed', () => {
  for (const outcome of [
    'gate-unreachable',
    'gate-offline',
    'refused',
    'withdrawn',
    'broker-disconnected',
  ] as const) {
    const world = watched(outcome);
    for (let n = 0; n < 10 * SECONDS; n += 1) world.show([{ x: swaying(n) }]);
    const times = world.opened.map(([at]) => at);
    assert.ok(times.length >= 3, `${outcome}: ${times.length}`);
    for (const [n, at] of times.entries()) if (n > 0) assert.ok(at - (times[n - 1] ?? 0) >= rules.passage);
  }
});

test('never opens twice for a face that stays in view, whatever its track does and however it sways', async (t) => {
  const step = fc.record({
    dx: fc.integer({ min: -4, max: 4 }),
    frames: fc.integer({ min: 1, max: 40 }),
    /** The face is lost for so many frames, and followed anew. */
    lost: fc.constantFrom(0, 0, 0, 1, 5, 25),
    every: fc.constantFrom(20, 33, 100),
  });
  await holds(
    t,
    fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
      const world = watched();
      let x = 100;
      let track = 0;
      for (const { dx, frames, lost, every } of steps) {
        for (let n = 0; n < frames; n += 1) {
          x = Math.min(120, Math.max(80, x + dx));
          world.show([{ track: `t-${track}`, x }], { every });
        }
        // Not for longer than a detector loses a face that is there.
        for (let n = 0; n < Math.min(lost, Math.floor(900 / every) - 1); n += 1) world.show([], { every });
        if (lost > 0) track += 1;
      }
      assert.ok(world.opened.length <= 1, `${world.opened.length} openings`);
    }),
    { short: 300, long: 5_000 },
  );
});
