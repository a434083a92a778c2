import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { TwinstileError } from '../../../src/base/errors.js';
import type { Head } from '../../../src/biometrics/head/head.js';
import { exportHead } from '../../../src/lab/train/export-head.js';
import { halfTwin, numbers, twin } from '../../biometrics/head/sample.js';

const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-export-'));
after(() => rm(folder, { recursive: true, force: true }));
const trunk = Array.from({ length: 20 }, (_, i) => numbers(4, 100 + i));
const crowd = {
  places: { rows: 2, columns: 2, data: Float32Array.of(1, 0, 0.6, -0.8) },
  shares: Float32Array.of(0.75, 0.25),
  sharpness: 16,
};
const bare = { unitInput: false, unitOutput: false };

for (const [name, head, files] of [
  ['a twin of two layers', twin(), ['twin.onnx']],
  ['a half-twin', halfTwin(), ['half-twin.template.onnx', 'half-twin.live.onnx']],
  [
    'a twin among a crowd',
    { ...twin(), outputs: 4, crowd },
    ['twin-crowd.template.onnx', 'twin-crowd.live.onnx'],
  ],
  [
    'vectors brought to unit length first, and left alone afterwards',
    { ...twin(), template: { ...twin().live, unitInput: true, unitOutput: false } },
    ['sphere.template.onnx', 'sphere.live.onnx'],
  ],
  ['nothing at all', { ...twin(4, 4), outputs: 4, template: bare, live: bare }, ['nothing.onnx']],
] as const satisfies readonly (readonly [string, Head, readonly string[]])[]) {
  test(`ONNX Runtime computes ${name} as the product does`, async () => {
    const base = files[0].replace(/(\.template)?\.onnx$/, '.onnx');
    const exported = await exportHead(head, path.join(folder, base), trunk);
    assert.deepEqual(
      exported.map(({ file }) => path.basename(file)),
      files,
    );
    for (const { off } of exported) assert.ok(off < 1e-5, `${off}`);
  });
}

const refusedTo = (file: string, vectors: readonly Float32Array[]) =>
  assert.rejects(
    exportHead(twin(), file, vectors),
    (error) => error instanceof TwinstileError && error.code === 'head-refused',
  );

test('leaves nothing behind that was not tried, or came out as no number', async () => {
  const before = await readdir(folder);
  await refusedTo(path.join(folder, 'untried.onnx'), []);
  await refusedTo(path.join(folder, 'nan.onnx'), [Float32Array.of(Number.NaN, 0, 0, 0)]);
  await refusedTo(path.join(folder, 'nowhere', 'x.onnx'), trunk);
  assert.deepEqual(await readdir(folder), before);
});
