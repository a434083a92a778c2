import assert from 'node:assert/strict';
import { test } from 'node:test';
import { millis } from '../../../src/base/units.js';
import { startDocumentCamera } from '../../../src/vision/process/document-camera.js';
import { encoderSettings, fakeStart } from './fake-start.js';

const start = (device: string) =>
  startDocumentCamera({
    ...fakeStart(),
    setup: encoderSettings,
    place: { source: { kind: 'usb', device }, zone: { x: 0, y: 0, width: 1, height: 1 }, maxInterOcular: 90 },
    limits: { answer: millis(1500) },
  });

test('a look carries its place and options, and returns the faces', async () => {
  const camera = await start('/dev/good');
  const [face, picture] = [await camera.capture('face'), await camera.capture('picture')];
  await camera.close();
  assert.deepEqual(face.kind === 'faces' && face.faces.map(({ embedding }) => [...(embedding ?? [])]), [
    [90, 0, 0, 0],
  ]);
  assert.deepEqual(picture, { kind: 'faces', faces: [] });
});

test('a camera that is not there is an answer', async () => {
  const camera = await start('/dev/missing');
  assert.deepEqual(await camera.capture('face'), {
    kind: 'no-picture',
    detail: 'Expected a camera, got none.',
  });
  await camera.close();
});

for (const what of ['crash', 'hang', 'wrong'])
  test(`a process that does not survive a look is replaced: ${what}`, async () => {
    const camera = await start(`/dev/${what}`);
    const first = await camera.capture('face');
    assert.equal(first.kind, 'no-picture');
    const again = await camera.capture('picture');
    await camera.close();
    assert.deepEqual(again, { kind: 'faces', faces: [] });
  });
