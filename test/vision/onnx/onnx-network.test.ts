import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { TwinstileError } from '../../../src/base/errors.js';
import { loadNetwork } from '../../../src/vision/onnx/onnx-network.js';
import type { Network, PictureInput } from '../../../src/vision/ports/network.js';
import { reluModel } from './sample-model.js';

const cpu = { threads: 1, provider: 'cpu' } as const;
const plain: PictureInput = { order: 'bgr', mean: [0, 0, 0], scale: [1, 1, 1], size: 'own' };
const shared = process.env.TWINSTILE_SHARED ?? '../shared';
let folder = '';

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'twinstile-network-'));
});
after(() => rm(folder, { recursive: true, force: true }));

async function fileOf(bytes: Uint8Array): Promise<string> {
  const file = path.join(folder, `${Math.random()}.onnx`);
  await writeFile(file, bytes);
  return file;
}

/** Runs one picture through and gives the planes the network saw. */
async function planes(input: PictureInput, pixels: readonly number[], [height, width]: [number, number]) {
  const network = await loadNetwork(await fileOf(reluModel()), { ...cpu, picture: input });
  const { output } = await network.run({
    picture: { type: 'uint8', data: Uint8Array.from(pixels), shape: [1, height, width, 3] },
  });
  await network.close();
  return output;
}

const fourPixels = [10, 20, 30, 11, 21, 31, 12, 22, 32, 13, 23, 33];

test('feeds a picture as planes in bgr', async () => {
  const output = await planes(plain, fourPixels, [2, 2]);
  assert.deepEqual(output?.shape, [1, 3, 2, 2]);
  assert.deepEqual([...(output?.data ?? [])], [10, 11, 12, 13, 20, 21, 22, 23, 30, 31, 32, 33]);
});

test('feeds a picture as planes in rgb, shifted and scaled per channel of that order', async () => {
  const output = await planes(
    { order: 'rgb', mean: [30, 20, 10], scale: [1, 2, 4], size: 'own' },
    fourPixels,
    [2, 2],
  );
  const expected = [0, 1, 2, 3, 0, 0.5, 1, 1.5, 0, 0.25, 0.5, 0.75];
  const seen = [...(output?.data ?? [])];
  assert.ok(
    expected.every((value, index) => Math.abs(value - (seen[index] ?? NaN)) < 1e-5),
    `got ${seen}`,
  );
});

test('takes a picture of another size when the size is free', async () => {
  const pixels = Array.from({ length: 1 * 4 * 3 }, (_, index) => index);
  const output = await planes({ ...plain, size: 'free' }, pixels, [1, 4]);
  assert.deepEqual(output?.shape, [1, 3, 1, 4]);
  assert.deepEqual([...(output?.data ?? [])], [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11]);
});

test('takes several pictures where the batch is free', async () => {
  const file = await fileOf(reluModel({ batch: 0, height: 1, width: 1 }));
  const network = await loadNetwork(file, { ...cpu, picture: plain });
  const { output } = await network.run({
    picture: { type: 'uint8', data: Uint8Array.of(1, 2, 3, 4, 5, 6), shape: [2, 1, 1, 3] },
  });
  assert.deepEqual([...(output?.data ?? [])], [1, 2, 3, 4, 5, 6]);
});

test('runs a network as it is when no picture is asked for', async () => {
  const network = await loadNetwork(await fileOf(reluModel()), cpu);
  assert.deepEqual([network.inputs, network.outputs, network.provider], [['input'], ['output'], 'cpu']);
  const data = Float32Array.from({ length: 12 }, (_, index) => index - 6);
  const { output } = await network.run({ input: { type: 'float32', data, shape: [1, 3, 2, 2] } });
  assert.deepEqual([...(output?.data ?? [])], [0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5]);
});

for (const [name, start] of [
  ['a provider that is not there', async () => load(reluModel(), { provider: 'abacus' })],
  // The npm package for this platform holds no CUDA library: the provider is known and cannot be had.
  ['a provider whose library is missing', async () => load(reluModel(), { provider: 'cuda' })],
  ['a file that is no network', async () => load(Buffer.from('no network'), {})],
  ['a picture for a network that takes none', async () => load(reluModel({ rank: 2 }), { picture: plain })],
] as const)
  test(`refuses ${name}, and says what to do`, { skip: hasCuda() && name.includes('library') }, async () => {
    await assert.rejects(start, (error) => {
      assert.ok(error instanceof TwinstileError);
      assert.equal(error.code, 'model-failed');
      assert.ok(error.hint);
      return true;
    });
  });

test('says model-failed when a run is fed wrongly', async () => {
  const network = await loadNetwork(await fileOf(reluModel()), { ...cpu, picture: plain });
  const wrong = { picture: { type: 'uint8' as const, data: new Uint8Array(3), shape: [1, 1, 1, 3] } };
  await assert.rejects(network.run(wrong), { code: 'model-failed' });
});

test('makes the YuNet file of a fixed size say the same as the one of a free size', async (t) => {
  const fixed = path.join(shared, 'models/face_detection_yunet_2023mar.onnx');
  if (!existsSync(fixed)) return t.skip('needs shared data');
  const free = await loadNetwork(path.join(shared, 'models/yunet_s_dynamic.onnx'), cpu);
  const edited = await loadNetwork(fixed, { ...cpu, picture: { ...plain, size: 'free' } });
  const [height, width] = [96, 160];
  const pixels = Uint8Array.from({ length: height * width * 3 }, (_, index) => (index * 7919) % 251);
  const data = Float32Array.from({ length: pixels.length }, (_, index) => {
    const at = index % (height * width);
    return pixels[at * 3 + Math.floor(index / (height * width))] ?? NaN;
  });
  const expected = await free.run({ input: { type: 'float32', data, shape: [1, 3, height, width] } });
  const seen = await edited.run({ picture: { type: 'uint8', data: pixels, shape: [1, height, width, 3] } });
  assert.deepEqual(seen, expected);
});

function load(bytes: Uint8Array, options: { provider?: string; picture?: PictureInput }): Promise<Network> {
  return fileOf(bytes).then((file) => loadNetwork(file, { ...cpu, ...options }));
}

function hasCuda(): boolean {
  return existsSync('node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime_providers_cuda.so');
}
