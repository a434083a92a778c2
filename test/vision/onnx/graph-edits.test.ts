import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withPlainPrelu } from '../../../src/vision/onnx/graph-edits.js';
import ort from '../../../src/vision/onnx/onnx-runtime.js';
import { bytesField, fieldsOf, messageOf, partOf, textOf, varint } from '../../../src/vision/onnx/wire.js';
import { reluModel } from './sample-model.js';

/** The sample model with a PRelu in place of its ReLU. @param slopes one for each channel. */
function preluModel(slopes: readonly number[]): Uint8Array {
  const raw = Buffer.alloc(slopes.length * 4);
  slopes.forEach((slope, index) => {
    raw.writeFloatLE(slope, index * 4);
  });
  const dims = [slopes.length, 1, 1].map((dim) => varint(1, dim));
  const tensor = messageOf([...dims, varint(2, 1), bytesField(8, 'slope'), bytesField(9, raw)]);
  const node = messageOf([
    bytesField(1, 'input'),
    bytesField(1, 'slope'),
    bytesField(2, 'output'),
    bytesField(4, 'PRelu'),
  ]);
  const outer = fieldsOf(reluModel());
  const graph = fieldsOf(partOf(outer, 7) ?? new Uint8Array());
  const edited = messageOf([
    ...graph.map((field) => (field.number === 1 ? bytesField(1, node) : field)),
    bytesField(5, tensor),
  ]);
  return messageOf(outer.map((field) => (field.number === 7 ? bytesField(7, edited) : field)));
}

const operatorsOf = (model: Uint8Array): readonly string[] =>
  fieldsOf(partOf(fieldsOf(model), 7) ?? new Uint8Array()).flatMap(({ number, value }) =>
    number === 1 && typeof value !== 'number' ? [textOf(fieldsOf(value), 4)] : [],
  );

async function run(model: Uint8Array): Promise<readonly number[]> {
  const session = await ort.InferenceSession.create(model);
  const numbers = Float32Array.of(-2, 0, 3, -0.5, 1, -1, 7, -7, 0.25, -0.25, -3, 4);
  const { output } = await session.run({ input: new ort.Tensor('float32', numbers, [1, 3, 2, 2]) });
  await session.release();
  return Array.from(output?.data as Float32Array);
}

test('gives the same numbers without a PRelu, also for slopes below 0 and of 1', async () => {
  const model = preluModel([0.25, -0.5, 1]);
  const plain = withPlainPrelu(model);
  assert.deepEqual(operatorsOf(plain), ['Mul', 'Max']);
  assert.deepEqual(await run(plain), await run(model));
});

for (const [name, slopes] of [
  ['above 1', [0.25, 1.5, 0]],
  ['that are no numbers', [0.25, Number.NaN, 0]],
] as const)
  test(`leaves a PRelu with slopes ${name} as it is`, () =>
    assert.deepEqual(operatorsOf(withPlainPrelu(preluModel(slopes))), ['PRelu']));

test('gives a model without PRelu back byte for byte', () => {
  const model = reluModel();
  assert.equal(withPlainPrelu(model), model);
});
