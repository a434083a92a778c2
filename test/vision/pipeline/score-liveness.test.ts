import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trackId } from '../../../src/base/ids.js';
import { monotonic } from '../../../src/base/units.js';
import { modelCard } from '../../../src/biometrics/model-card.js';
import type { LivenessNetwork } from '../../../src/vision/pipeline/load-models.js';
import { scoreLiveness, scoreOneFace } from '../../../src/vision/pipeline/score-liveness.js';
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
