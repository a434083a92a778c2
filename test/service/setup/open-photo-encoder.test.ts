import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Acquired, embedPhotos, poolOf } from '../../../src/service/setup/open-photo-encoder.js';
import type { PhotoEncoder, PhotoFace, PhotoResult } from '../../../src/vision/ports/vision.js';

const face = (width: number, embedding?: Float32Array): PhotoFace => ({
  box: { x: 0, y: 0, width, height: width },
  interOcular: width / 2,
  problems: [],
  embedding,
});
const small = Float32Array.of(1);
const large = Float32Array.of(2);

function encoderOf(answer: (text: string) => PhotoResult): PhotoEncoder & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    encode: async (photo) => {
      const text = Buffer.from(photo).toString();
      asked.push(text);
      return answer(text);
    },
    close: async () => {},
  };
}
const answers: Readonly<Record<string, PhotoResult>> = {
  two: { kind: 'faces', faces: [face(30, large), face(10, small)] },
  none: { kind: 'faces', faces: [] },
  poor: { kind: 'faces', faces: [face(30)] },
  broken: { kind: 'unreadable', detail: 'no picture' },
};
const encoder = () => encoderOf((text) => answers[text] ?? { kind: 'unreadable', detail: 'unknown' });
const read = async (name: string): Promise<Uint8Array> => {
  if (name === 'gone') throw new Error('no such file');
  return Buffer.from(name);
};
const signal = new AbortController().signal;

for (const [name, expected] of [
  ['two', { embedding: large }],
  ['none', { missing: 'no-face' }],
  ['poor', { missing: 'not-encoded' }],
  ['broken', { missing: 'unreadable' }],
  ['gone', { missing: 'unreadable' }],
] as const)
  test(`gives ${JSON.stringify(expected)} for a photograph called ${name}`, async () => {
    const results = await embedPhotos([name], { encoder: encoder(), read }, signal);
    assert.deepEqual(results.get(name), expected);
  });

test('encodes a known photograph not again', async () => {
  const known = new Map<string, Acquired>();
  const cache = {
    get: (sha256: string) => known.get(sha256),
    put: (sha256: string, acquired: Acquired) => void known.set(sha256, acquired),
  };
  const first = encoder();
  await embedPhotos(['two', 'none'], { encoder: first, read, cache }, signal);
  const second = encoder();
  const results = await embedPhotos(['two', 'none', 'poor'], { encoder: second, read, cache }, signal);
  assert.deepEqual(second.asked, ['poor']);
  assert.deepEqual(results.get('two'), { embedding: large });
});

test('stops between two photographs when asked', async () => {
  const stop = new AbortController();
  const slow = encoderOf(() => {
    stop.abort(new Error('enough'));
    return { kind: 'faces', faces: [] };
  });
  const many = Array.from({ length: 100 }, (_, index) => `photo ${index}`);
  await assert.rejects(embedPhotos(many, { encoder: slow, read }, stop.signal), /enough/);
  assert.ok(slow.asked.length < 20);
});

test('a pool gives each photograph to the encoder with the least to do', async () => {
  const workers = [encoder(), encoder()];
  const pool = poolOf(workers);
  await Promise.all(['two', 'none', 'poor', 'broken'].map((name) => pool.encode(Buffer.from(name))));
  assert.deepEqual(
    workers.map(({ asked }) => asked.length),
    [2, 2],
  );
});
