import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TwinstileError } from '../../../src/base/errors.js';
import { encodePhoto } from '../../../src/vision/pipeline/encode-photo.js';
import { fakeModels, fakePicture, middleFace } from './fake-models.js';

const settings = { detector: { width: 640, minScore: 0.6 }, minInterOcular: 24 };
const bytes = new Uint8Array(1);

test('finds and encodes the face of a photograph', async () => {
  const models = fakeModels();
  models.faces = [middleFace()];
  const picture = fakePicture(7);
  const result = await encodePhoto(bytes, { models, settings, decode: () => picture });
  assert.ok(result.kind === 'faces');
  const [face] = result.faces;
  assert.deepEqual([face?.problems, [...(face?.embedding ?? [])]], [[], [7, 1]]);
  assert.ok(Math.abs((face?.box.x ?? 0) - 260) < 0.01, 'in pixels of the photograph');
  assert.equal(picture.released, 1);
});

test('encodes a face with a problem too, and says what it is', async () => {
  const models = fakeModels();
  models.faces = [middleFace(-40)];
  const result = await encodePhoto(bytes, { models, settings, decode: () => fakePicture(7) });
  assert.ok(result.kind === 'faces');
  assert.deepEqual(result.faces[0]?.problems, ['at-the-edge']);
  assert.ok(result.faces[0]?.embedding);
});

for (const turn of [1, 2, 3])
  test(`says of a face that is upright only after ${turn} quarters of a turn that it is not`, async () => {
    const models = fakeModels();
    models.faces = [middleFace()];
    models.turn = turn;
    const result = await encodePhoto(bytes, { models, settings, decode: () => fakePicture(7) });
    assert.ok(result.kind === 'faces');
    assert.deepEqual(result.faces[0]?.problems, ['not-upright']);
  });

test('looks at other sizes until there is a face', async () => {
  const models = fakeModels((width) => width === 1280);
  models.faces = [middleFace()];
  const result = await encodePhoto(bytes, { models, settings, decode: () => fakePicture(7) });
  assert.ok(result.kind === 'faces' && result.faces.length === 1);
  assert.deepEqual(models.detected, ['640x448', '320x224', '1280x864']);
});

test('looks at a small photograph at a small size first', async () => {
  const models = fakeModels();
  models.faces = [middleFace(20)];
  await encodePhoto(bytes, { models, settings, decode: () => fakePicture(7, 200, 300) });
  assert.deepEqual(models.detected, ['320x480']);
});

test('says that nobody is on a photograph', async () => {
  const models = fakeModels();
  const result = await encodePhoto(bytes, { models, settings, decode: () => fakePicture(7) });
  assert.deepEqual(result, { kind: 'faces', faces: [] });
});

test('says what is wrong with a photograph that cannot be read', async () => {
  const decode = () => {
    throw new TwinstileError({
      code: 'picture-unreadable',
      message: 'Expected a picture, got soup.',
      hint: 'Eat it.',
    });
  };
  const result = await encodePhoto(bytes, { models: fakeModels(), settings, decode });
  assert.deepEqual(result, { kind: 'unreadable', detail: 'Expected a picture, got soup. Eat it.' });
});

test('does not blame the photograph for what is broken elsewhere', async () => {
  const decode = () => {
    throw new Error('out of memory');
  };
  await assert.rejects(encodePhoto(bytes, { models: fakeModels(), settings, decode }), /out of memory/);
});
