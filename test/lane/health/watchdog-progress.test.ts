import assert from 'node:assert/strict';
import { test } from 'node:test';
import { monotonic } from '../../../src/base/units.js';
import {
  createProgressNotes,
  hangOf,
  type LaneProgress,
} from '../../../src/lane/health/watchdog-progress.js';

const now = monotonic(100_000);
const ago = (span: number) => monotonic(now - span);

for (const [name, progress, hang] of [
  ['a lane that has not begun', {}, undefined],
  ['a lane that turns and has judged all it was given', { turnedAt: ago(200) }, undefined],
  ['a lane whose camera gives nothing for an hour', { turnedAt: ago(200) }, undefined],
  ['a lane that is about to judge', { turnedAt: ago(200), waitingSince: ago(40) }, undefined],
  ['a lane at the limits', { turnedAt: ago(5000), waitingSince: ago(5000) }, undefined],
  ['a lane whose loop stands', { turnedAt: ago(5001) }, 'loop-stands'],
  [
    'a lane that is given frames and judges none',
    { turnedAt: ago(200), waitingSince: ago(5001) },
    'frames-wait',
  ],
  ['a recording that is over', { turnedAt: ago(60_000), isOver: true }, undefined],
  ['a clock that went wrong', { turnedAt: monotonic(Number.NaN) }, 'loop-stands'],
] as const satisfies readonly (readonly [string, Partial<LaneProgress>, string | undefined])[])
  test(`${name}: ${hang ?? 'the watchdog may be fed'}`, () =>
    assert.equal(hangOf({ isOver: false, ...progress }, now), hang));

test('frames that keep coming do not hide that none is judged', () => {
  const notes = createProgressNotes();
  notes.turned(now);
  for (let t = 0; t <= 5010; t += 30) notes.heardFrame(monotonic(ago(5010) + t));
  assert.equal(hangOf(notes.read(), now), 'frames-wait');
  notes.judgedFrame();
  assert.equal(hangOf(notes.read(), now), undefined);
});
