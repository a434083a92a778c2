import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { trackId } from '../../../src/base/ids.js';
import { monotonic } from '../../../src/base/units.js';
import { modelCard } from '../../../src/biometrics/model-card.js';
import type { LivenessNetwork } from '../../../src/vision/pipeline/load-models.js';
import {
  boxAround,
  cropAround,
  liveShare,
  scoreLiveness,
  scoreOneFace,
} from '../../../src/vision/pipeline/score-liveness.js';
import { holds } from '../../support/properties.js';
import { card as fakeCard, fakePicture, middleFace } from './fake-models.js';

const file = { file: 'live.onnx', bytes: 1, sha256: '0'.repeat(64), licence: 'none', source: 'none' };
const [plain] = modelCard.parse({
  ...fakeCard,
  liveness: [{ model: file, width: 4, height: 4, widen: 2 }],
}).liveness;
if (plain === undefined) throw new Error('Expected a card with one liveness network.');

/** A network that gives the same for every picture. */
const giving = (logits: readonly number[], live = 1): LivenessNetwork => ({
  card: { ...plain, live },
  network: {
    inputs: ['picture'],
    outputs: ['logits'],
    provider: 'cpu',
    run: async () => ({ logits: { data: Float32Array.from(logits), shape: [1, logits.length] } }),
    close: async () => {},
  },
});
const picture = fakePicture(1);
const { box } = middleFace();

test('averages the shares of the live class, whichever it is', async () => {
  const score = await scoreLiveness(picture, box, [giving([0, 30, 0]), giving([0, 0], 0)]);
  assert.ok(Math.abs(score - 0.75) < 1e-6);
});

for (const [name, logits] of [
  ['what is no number', [0, Number.NaN, 0]],
  ['too few classes', [0]],
] as const)
  test(`fails for ${name}`, () =>
    assert.rejects(scoreLiveness(picture, box, [giving(logits)]), { code: 'model-failed' }));

const frameAt = (at: number) => ({
  picture,
  at: monotonic(at),
  faces: [{ track: trackId('a'), face: middleFace() }],
});

test('scores one face, remembers when, and drops tracks that are gone', async () => {
  const before = new Map([[trackId('gone'), monotonic(5)]]);
  const models = { liveness: [giving([0, 30, 0])] };
  const { scored, scoredAt } = await scoreOneFace(frameAt(1000), trackId('a'), models, before);
  assert.equal(scored?.track, 'a');
  assert.ok((scored?.score ?? 0) > 0.99);
  assert.deepEqual([...scoredAt], [['a', 1000]]);
});

test('scores a face that is encoded sooner, and does not put off the next score for it', async () => {
  const before = new Map([[trackId('a'), monotonic(1000)]]);
  const models = { liveness: [giving([0, 30, 0])] };
  const { scored, scoredAt } = await scoreOneFace(frameAt(1033), trackId('a'), models, before);
  assert.equal(scored?.track, 'a');
  assert.deepEqual([...scoredAt], [['a', 1000]]);
});

test('scores no face where none is chosen, and none with a pack that cannot', async () => {
  const nobody = await scoreOneFace(frameAt(0), undefined, { liveness: [giving([0, 30, 0])] }, new Map());
  assert.deepEqual(nobody, { scoredAt: new Map() });
  assert.deepEqual(await scoreOneFace(frameAt(0), trackId('a'), {}, new Map()), {
    scoredAt: new Map(),
  });
});

const frame = { width: 640, height: 480 };

for (const [name, box, widen, expected] of [
  [
    'about the centre where there is room',
    { x: 300, y: 200, width: 40, height: 50 },
    2,
    { x: 280, y: 175, width: 80, height: 100 },
  ],
  [
    'shifted to the right from the left edge',
    { x: 10, y: 200, width: 40, height: 50 },
    4,
    { x: 0, y: 125, width: 160, height: 200 },
  ],
  [
    'shifted up and to the left from the corner',
    { x: 600, y: 430, width: 40, height: 50 },
    2,
    { x: 560, y: 380, width: 80, height: 100 },
  ],
  [
    'no higher than the frame, and as much narrower',
    { x: 220, y: 90, width: 200, height: 240 },
    4,
    { x: 120, y: 0, width: 400, height: 480 },
  ],
  [
    'shrunk where the face is larger than the frame',
    { x: -40, y: 0, width: 800, height: 480 },
    2.7,
    { x: 0, y: 48, width: 640, height: 384 },
  ],
] as const)
  test(`cuts ${name}`, () => assert.deepEqual(cropAround(box, widen, frame), expected));

test('never leaves the frame, and keeps the shape of the box', async (t) => {
  const side = fc.double({ min: 4, max: 900, noNaN: true });
  const place = fc.double({ min: -200, max: 700, noNaN: true });
  await holds(
    t,
    fc.property(
      place,
      place,
      side,
      side,
      fc.double({ min: 1, max: 4, noNaN: true }),
      (x, y, width, height, widen) => {
        const crop = cropAround({ x, y, width, height }, widen, frame);
        assert.ok(crop.x >= 0 && crop.y >= 0);
        assert.ok(crop.x + crop.width <= frame.width + 1e-6 && crop.y + crop.height <= frame.height + 1e-6);
        assert.ok(Math.abs(crop.width / crop.height / (width / height) - 1) < 1e-9);
      },
    ),
    { short: 100, long: 20_000 },
  );
});

test('draws the box that YuNet would: twice as wide as the eyes are apart, from the brow to the chin', () => {
  const box = boxAround([
    { x: 100, y: 100 },
    { x: 140, y: 100 },
    { x: 120, y: 122 },
    { x: 104, y: 140 },
    { x: 136, y: 140 },
  ]);
  const round = ({ x, y, width, height }: typeof box) => [x, y, width, height].map(Math.round);
  assert.deepEqual(round(box), [77, 60, 86, 112]);
});

for (const [name, logits, live, expected] of [
  ['a third where three classes are equal', [5, 5, 5], 1, 1 / 3],
  ['nearly all for the largest', [0, 20, 0], 1, 1],
  ['the share of the class that the card names', [Math.log(3), 0], 0, 0.75],
  ['a share also of logits whose exponentials overflow', [1000, 1000], 1, 0.5],
] as const)
  test(`gives ${name}`, () => assert.ok(Math.abs(liveShare(logits, live) - expected) < 1e-6));

for (const [name, logits, live] of [
  ['a logit is NaN', [0, Number.NaN, 0], 1],
  ['another logit is NaN', [Number.NaN, 9, 0], 1],
  ['the largest logit is infinite', [0, Number.POSITIVE_INFINITY, 0], 1],
  ['there is no such class', [0, 1], 2],
  ['there are no classes', [], 1],
] as const)
  test(`gives NaN where ${name}`, () => assert.ok(Number.isNaN(liveShare(logits, live))));
