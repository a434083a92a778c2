/** Do the ONNX networks say what face-api's own layers say? */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { buildBuiltin } from '../../../src/biometrics/builtin/builtin-networks.js';
import ort from '../../../src/vision/onnx/onnx-runtime.js';
import {
  averagePool,
  conv,
  dense,
  depthwise,
  filtersOf,
  grown,
  leaky,
  type Map3,
  maxPool,
  noise,
  normalised,
  planar,
  plus,
  relu,
  sum,
  times,
} from './reference.js';

let built: ReadonlyMap<string, Uint8Array>;
before(async () => {
  built = await buildBuiltin();
});

/** Runs a network on the pictures given, as one batch. */
async function outputOf(file: string, ...pictures: readonly Map3[]) {
  const session = await ort.InferenceSession.create(built.get(file) ?? new Uint8Array(), {
    intraOpNumThreads: 1,
  });
  assert.deepEqual([session.inputNames, session.outputNames], [['input'], ['output']]);
  const [{ height, width } = { height: 0, width: 0 }] = pictures;
  const data = Float32Array.from(pictures.flatMap((picture) => [...planar(picture)]));
  const input = new ort.Tensor('float32', data, [pictures.length, 3, height, width]);
  const { output } = await session.run({ input });
  await session.release();
  assert.ok(output?.data instanceof Float32Array);
  return { data: output.data, shape: output.dims };
}

function assertClose(actual: Float32Array, expected: ArrayLike<number>, tolerance: number): void {
  assert.equal(actual.length, expected.length);
  for (const [i, value] of actual.entries()) {
    const difference = Math.abs(value - (expected[i] ?? Number.NaN));
    assert.ok(difference <= tolerance, `number ${i}: ${value} instead of ${expected[i]}`);
  }
}

const upsideDown = (x: Map3): Map3 => ({ ...x, data: x.data.toReversed() });

function separable(x: Map3, weights: ReturnType<typeof filtersOf>, name: string, stride: number): Map3 {
  const spread = depthwise(x, weights(`${name}/depthwise_filter`), stride);
  return plus(conv(spread, weights(`${name}/pointwise_filter`), 1, 'valid'), weights(`${name}/bias`));
}

function tinyFace(picture: Map3): Map3 {
  const weights = filtersOf('tiny_face_detector_model');
  const first = conv(
    normalised(picture, [117.001, 114.697, 97.404], 255),
    weights('conv0/filters'),
    1,
    'valid',
  );
  let out = leaky(plus(first, weights('conv0/bias')));
  for (const name of ['conv1', 'conv2', 'conv3', 'conv4', 'conv5'])
    out = leaky(separable(maxPool(out, 2, 2, 'same'), weights, name, 1));
  out = maxPool(out, 2, 1, 'same');
  return plus(conv(out, weights('conv8/filters'), 1, 'valid'), weights('conv8/bias'));
}

function landmarks(picture: Map3): Float64Array {
  const weights = filtersOf('face_landmark_68_model');
  let out = normalised(picture, [122.782, 117.001, 104.298], 255);
  for (const block of ['dense0', 'dense1', 'dense2', 'dense3']) {
    const first =
      block === 'dense0'
        ? plus(conv(out, weights('dense0/conv0/filters'), 2, 'same'), weights('dense0/conv0/bias'))
        : separable(out, weights, `${block}/conv0`, 2);
    const out1 = relu(first);
    const out2 = separable(out1, weights, `${block}/conv1`, 1);
    const out3 = separable(relu(sum(out1, out2)), weights, `${block}/conv2`, 1);
    const out4 = separable(relu(sum(out1, out2, out3)), weights, `${block}/conv3`, 1);
    out = relu(sum(out1, out2, out3, out4));
  }
  const bias = weights('fc/bias').values;
  return dense(averagePool(out, 7, 2).data, weights('fc/weights')).map((v, i) => v + (bias[i] ?? Number.NaN));
}

function encoding(picture: Map3): Float64Array {
  const weights = filtersOf('face_recognition_model');
  const layer = (x: Map3, name: string, stride: 1 | 2): Map3 => {
    const moved = plus(
      conv(x, weights(`${name}/conv/filters`), stride, stride === 1 ? 'same' : 'valid'),
      weights(`${name}/conv/bias`),
    );
    return plus(times(moved, weights(`${name}/scale/weights`)), weights(`${name}/scale/biases`));
  };
  // 256 as in dlib, which trained the weights; face-api itself divides by 255.
  let out = relu(layer(normalised(picture, [122.782, 117.001, 104.298], 256), 'conv32_down', 2));
  out = maxPool(out, 3, 2, 'valid');
  const blocks =
    'conv32_1 conv32_2 conv32_3 conv64_down conv64_1 conv64_2 conv64_3 conv128_down conv128_1 conv128_2 conv256_down conv256_1 conv256_2 conv256_down_out';
  for (const name of blocks.split(' ')) {
    const down = name.includes('down');
    const deep = layer(relu(layer(out, `${name}/conv1`, down ? 2 : 1)), `${name}/conv2`, 1);
    const shortcut = down ? averagePool(out, 2, 2) : out;
    const size = {
      height: Math.max(deep.height, shortcut.height),
      width: Math.max(deep.width, shortcut.width),
      channels: Math.max(deep.channels, shortcut.channels),
    };
    out = relu(sum(grown(deep, size), grown(shortcut, size)));
  }
  return dense(averagePool(out, out.height, 1).data, weights('fc'));
}

for (const [height, width] of [
  [64, 96],
  [32, 32],
  [96, 128],
] as const)
  test(`the detector's ONNX agrees with face-api's layers on ${height} x ${width} pixels`, async () => {
    const picture = noise(height, width);
    const { data, shape } = await outputOf('tiny-face.onnx', picture);
    assert.deepEqual(shape, [1, 25, height / 32, width / 32]);
    assertClose(data, planar(tinyFace(picture)), 1e-3);
  });

test("the landmark net's ONNX agrees with face-api's layers, picture by picture in a batch", async () => {
  const pictures = [noise(112, 112), upsideDown(noise(112, 112))];
  const { data, shape } = await outputOf('landmarks68.onnx', ...pictures);
  assert.deepEqual(shape, [2, 136]);
  assertClose(
    data,
    pictures.flatMap((picture) => [...landmarks(picture)]),
    1e-4,
  );
});

test("the encoder's ONNX agrees with dlib's layers, picture by picture in a batch", async () => {
  const pictures = [noise(150, 150), upsideDown(noise(150, 150))];
  const { data, shape } = await outputOf('dlib-encoder.onnx', ...pictures);
  assert.deepEqual(shape, [2, 128]);
  assertClose(
    data,
    pictures.flatMap((picture) => [...encoding(picture)]),
    1e-4,
  );
});
