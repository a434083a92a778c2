import assert from 'node:assert/strict';
import { test } from 'node:test';
import { millis } from '../../../src/base/units.js';
import type { PhotoResult } from '../../../src/vision/ports/vision.js';
import { startDocumentCamera, startPhotoEncoder } from '../../../src/vision/process/encoder-clients.js';
import { encoderSettings, fakeStart } from './fake-start.js';

const start = (kind?: string) =>
  startPhotoEncoder({ ...fakeStart(kind), setup: encoderSettings, limits: { answer: millis(1500) } });
/** The fake's embedding starts with the length of the file. */
const lengthIn = (result: PhotoResult) =>
  result.kind === 'faces' ? result.faces[0]?.embedding?.[0] : result.kind;

test('gives every photograph its own answer', async () => {
  const encoder = await start();
  const results = await Promise.all(
    [1, 2, 3, 4, 5, 6].map((size) => encoder.encode(Buffer.alloc(size, 'x'))),
  );
  await encoder.close();
  assert.deepEqual(results.map(lengthIn), [1, 2, 3, 4, 5, 6]);
});

for (const kind of ['crash', 'hang', 'wrong']) {
  test(`loses only the photograph that ends the process: ${kind}`, async () => {
    const encoder = await start();
    const photos = ['a', kind, 'abc', 'abcd', 'abcde'];
    const results = await Promise.all(photos.map((each) => encoder.encode(Buffer.from(each))));
    await encoder.close();
    assert.deepEqual(results.map(lengthIn), [1, 'unreadable', 3, 4, 5]);
    assert.deepEqual(
      results.map((result) => result.kind === 'unreadable' && result.endedProcess),
      [false, true, false, false, false],
    );
  });
}

test('calls an empty file and one above 64 MB unreadable without a look', async () => {
  const encoder = await start();
  const results = [
    await encoder.encode(Buffer.alloc(0)),
    await encoder.encode(Buffer.alloc(64 * 1024 * 1024 + 1)),
  ];
  await encoder.close();
  assert.deepEqual(results.map(lengthIn), ['unreadable', 'unreadable']);
});

test('says what is missing when it cannot start', () =>
  assert.rejects(start('pack-missing'), { code: 'pack-missing', hint: 'Get it.' }));

test('takes nothing after it was closed, and leaves nothing unanswered', async () => {
  const encoder = await start();
  const pending = assert.rejects(encoder.encode(Buffer.from('hang')), { code: 'stopped' });
  await encoder.close();
  await pending;
  await assert.rejects(encoder.encode(Buffer.from('a')), { code: 'stopped' });
});

const startCamera = (device: string) =>
  startDocumentCamera({
    ...fakeStart(),
    setup: encoderSettings,
    place: { source: { kind: 'usb', device }, zone: { x: 0, y: 0, width: 1, height: 1 }, maxInterOcular: 90 },
    limits: { answer: millis(1500) },
  });

test('a look carries its place and options, and returns the faces', async () => {
  const camera = await startCamera('/dev/good');
  const [face, picture] = [await camera.capture('face'), await camera.capture('picture')];
  await camera.close();
  assert.deepEqual(face.kind === 'faces' && face.faces.map(({ embedding }) => [...(embedding ?? [])]), [
    [90, 0, 0, 0],
  ]);
  assert.deepEqual(picture, { kind: 'faces', faces: [] });
});

test('a camera that is not there is an answer', async () => {
  const camera = await startCamera('/dev/missing');
  assert.deepEqual(await camera.capture('face'), {
    kind: 'no-picture',
    detail: 'Expected a camera, got none.',
  });
  await camera.close();
});

for (const what of ['crash', 'hang', 'wrong'])
  test(`a process that does not survive a look is replaced: ${what}`, async () => {
    const camera = await startCamera(`/dev/${what}`);
    const first = await camera.capture('face');
    assert.equal(first.kind, 'no-picture');
    const again = await camera.capture('picture');
    await camera.close();
    assert.deepEqual(again, { kind: 'faces', faces: [] });
  });
