/** Is what is built what the card of the pack declares? */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { TwinstileError } from '../../../src/base/errors.js';
import { buildBuiltin } from '../../../src/biometrics/builtin/builtin-networks.js';
import { readWeights } from '../../../src/biometrics/builtin/weights.js';
import { filesOf, modelCard } from '../../../src/biometrics/model-card.js';

const card = modelCard.parse(
  JSON.parse(readFileSync(new URL('../../../models/cards/builtin.json', import.meta.url), 'utf8')),
);

test('builds each file of the card with the declared size and sha256', async () => {
  const built = [...(await buildBuiltin())].map(([file, bytes]) => ({
    file,
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  }));
  assert.deepEqual(
    built,
    filesOf(card).map(({ file, bytes, sha256 }) => ({ file, bytes, sha256 })),
  );
});

test("aligns to dlib's chip: 150 pixels, padding 0.25 around the mean shape", () => {
  // The person's right eye, left eye, nose tip, right and left mouth corner in dlib's mean shape.
  const mean = [
    [0.2258, 0.2163],
    [0.7544, 0.2163],
    [0.4901, 0.5156],
    [0.2541, 0.7802],
    [0.7261, 0.7802],
  ];
  const chip = mean.map((point) => point.map((p) => Math.round(((p + 0.25) / 1.5) * 15000) / 100));
  assert.deepEqual(card.encoder.points, chip);
  assert.deepEqual([card.encoder.width, card.encoder.height], [150, 150]);
});

test('leaves the normalisation to the network, which has it in its weights', () => {
  const { order, mean, scale, normalise, batch, metric } = card.encoder;
  assert.deepEqual(
    { order, mean, scale, normalise, batch, metric },
    {
      order: 'rgb',
      mean: [0, 0, 0],
      scale: [1, 1, 1],
      normalise: false,
      batch: 'free',
      metric: 'euclidean',
    },
  );
});

test('says how to get weights that are not there', async () => {
  await assert.rejects(readWeights('no_such_model'), (error) => {
    assert.ok(error instanceof TwinstileError);
    assert.equal(error.code, 'pack-refused');
    assert.match(error.hint ?? '', /npm ci/);
    return true;
  });
});

test('names a weight that the package does not hold', async () => {
  const weights = await readWeights('tiny_face_detector_model');
  assert.throws(() => weights('conv9/filters'), /conv9\/filters/);
});
