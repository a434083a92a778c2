import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isProvedUpright } from '../../../src/vision/pipeline/upright-check.js';
import { fakeModels, fakePicture, middleFace } from './fake-models.js';

for (const [turn, proved] of [
  [0, true],
  [1, false],
  [2, false],
  [3, false],
] as const)
  test(`a face whose surest turn is ${turn * 90} degrees is ${proved ? '' : 'not '}proved upright`, async () => {
    const models = fakeModels();
    models.turn = turn;
    assert.equal(await isProvedUpright(fakePicture(1), middleFace(), models), proved);
  });

test('a face that the detector does not find again proves nothing, nor does one with a broken box', async () => {
  const models = fakeModels();
  models.turn = -1;
  assert.equal(await isProvedUpright(fakePicture(1), middleFace(), models), false);
  const { box } = middleFace();
  const broken = { ...middleFace(), box: { ...box, width: Number.NaN } };
  assert.equal(await isProvedUpright(fakePicture(1), broken, models), false);
});
