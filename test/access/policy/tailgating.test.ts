import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FacesSeen, someoneBehind, withFrame } from '../../../src/access/policy/tailgating.js';
import { trackId } from '../../../src/base/ids.js';
import { frameSeq, monotonic } from '../../../src/base/units.js';
import type { FrameReport } from '../../../src/vision/ports/vision.js';

const [first, second, third] = [trackId('p-1'), trackId('p-2'), trackId('p-3')];
const face = (track: typeof first, x: number, height: number) => ({
  track,
  box: { x: x - height * 0.4, y: 100, width: height * 0.8, height },
});
const frame = (seq: number, ...faces: FacesSeen['faces']): FacesSeen => ({
  seq: frameSeq(seq),
  at: monotonic(1000 + seq * 33),
  faces,
});
const frames = (count: number, ...faces: FacesSeen['faces']) =>
  Array.from({ length: count }, (_, seq) => frame(seq, ...faces));
const now = monotonic(1200);
const front = face(first, 300, 100);

for (const [what, seen, expected] of [
  ['stands a step behind', frames(3, front, face(second, 330, 60)), second],
  ['was seen in two frames only', frames(2, front, face(second, 330, 60)), undefined],
  ['is far off', frames(5, front, face(second, 330, 45)), undefined],
  ['stands aside', frames(5, front, face(second, 520, 60)), undefined],
  [
    'is somebody else in each frame',
    [
      frame(0, front, face(second, 330, 60)),
      frame(1, front, face(third, 330, 60)),
      frame(2, front, face(second, 330, 60)),
    ],
    undefined,
  ],
  [
    'is one frame counted three times',
    [
      frame(0, front, face(second, 330, 60)),
      frame(0, front, face(second, 330, 60)),
      frame(0, front, face(second, 330, 60)),
    ],
    undefined,
  ],
  ['is not seen', frames(5, front), undefined],
  ['is there while the first is not seen', frames(5, face(second, 330, 60)), undefined],
] as const) {
  test(`the second person ${what}: ${expected === undefined ? 'nobody is behind' : 'somebody is behind'}`, () =>
    assert.equal(someoneBehind(seen, first, now), expected));
}

test('old frames, future ones and those at no time do not count', () => {
  const seen = frames(3, front, face(second, 330, 60));
  assert.equal(someoneBehind(seen, first, monotonic(2100)), undefined);
  assert.equal(someoneBehind(seen, first, monotonic(999)), undefined);
  assert.equal(someoneBehind(seen, first, monotonic(Number.NaN)), undefined);
});

test('takes what a vision process reports', () => {
  const report: Pick<FrameReport, 'seq' | 'at' | 'faces'> = { seq: frameSeq(1), at: now, faces: [] };
  assert.equal(someoneBehind([report], first, now), undefined);
});

test('what is remembered is as long as it counts, and bounded even when time stands still', () => {
  const remembered = frames(60, front).reduce<readonly FacesSeen[]>((all, next) => withFrame(all, next), []);
  assert.deepEqual([remembered.at(0)?.seq, remembered.at(-1)?.seq], [29, 59]);
  const still = frames(200, front).map((one) => ({ ...one, at: now }));
  assert.equal(still.reduce<readonly FacesSeen[]>((all, next) => withFrame(all, next), []).length, 64);
});
