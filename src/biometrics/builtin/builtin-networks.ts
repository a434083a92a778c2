/** Builds the networks of pack `builtin` as ONNX, made from the weights in the npm package @vladmandic/face-api. */
import { ALL_ROUND, Draft, FAR_EDGES, INPUT, VALID } from './draft.js';
import { depthwiseKernelOf, type Kernel, kernelOf, scaledKernel, takingPixels } from './fold.js';
import { readWeights, type Weights } from './weights.js';

const DOC = 'Weights from the npm package @vladmandic/face-api (MIT, Copyright (c) Vladimir Mandic).';

/**
 * ONNX files by name; the same weights always give the same bytes, whose sha256 the card of the pack declares.
 * @throws TwinstileError 'pack-refused' when the package's weights are missing or damaged.
 */
export async function buildBuiltin(): Promise<ReadonlyMap<string, Uint8Array>> {
  return new Map([
    ['tiny-face.onnx', tinyFaceNet(await readWeights('tiny_face_detector_model'), DOC)],
    ['landmarks68.onnx', landmarksNet(await readWeights('face_landmark_68_model'), DOC)],
    ['dlib-encoder.onnx', encoderNet(await readWeights('face_recognition_model'), DOC)],
  ]);
}

// The tiny face detector as ONNX: face-api 1.7.15, src/tinyYolov2/TinyYolov2Base.ts, runMobilenet.

/** RGB: src/tinyFaceDetector/const.ts. */
const TINY_FACE_MEAN = [117.001, 114.697, 97.404];
const TINY_FACE_SCALE = 255;
/** Of the leaky rectifiers: src/tinyYolov2/leaky.ts. */
const LEAK = 0.1;

/** `input` float32 NCHW [N,3,H,W] RGB 0..255, H and W multiples of 32 -> `output` float32 [N,25,H/32,W/32]. */
function tinyFaceNet(weights: Weights, docString: string): Uint8Array {
  const draft = new Draft();
  const separable = (input: string, name: string): string => {
    const depthwise = depthwiseKernelOf(weights(`${name}/depthwise_filter`));
    const pointwise = kernelOf(weights(`${name}/pointwise_filter`), weights(`${name}/bias`));
    const spread = draft.conv(input, depthwise, { stride: 1, edges: ALL_ROUND }, depthwise.shape[0]);
    return draft.leakyRelu(draft.conv(spread, pointwise, { stride: 1, edges: VALID }), LEAK);
  };
  // An odd size is padded to an even one, an even size loses the padding again: both as TensorFlow's 'same'.
  const halved = (input: string): string => draft.maxPool(input, 2, { stride: 2, edges: FAR_EDGES });

  // No padding here, so the normalisation may go into the weights.
  const first = takingPixels(
    kernelOf(weights('conv0/filters'), weights('conv0/bias')),
    TINY_FACE_MEAN,
    TINY_FACE_SCALE,
  );
  let out = draft.leakyRelu(draft.conv(INPUT, first, { stride: 1, edges: VALID }), LEAK);
  for (const name of ['conv1', 'conv2', 'conv3', 'conv4', 'conv5']) out = separable(halved(out), name);
  out = draft.maxPool(out, 2, { stride: 1, edges: FAR_EDGES });
  const last = kernelOf(weights('conv8/filters'), weights('conv8/bias'));
  out = draft.conv(out, last, { stride: 1, edges: VALID });

  return draft.finish(out, {
    name: 'tiny-face',
    docString,
    input: ['N', 3, 'H', 'W'],
    output: ['N', 25, 'rows', 'columns'],
  });
}

// The 68-landmark network as ONNX: face-api 1.7.15, src/faceFeatureExtractor and src/faceLandmarkNet.

/** RGB: src/faceFeatureExtractor/FaceFeatureExtractor.ts. */
const LANDMARKS_MEAN = [122.782, 117.001, 104.298];
const LANDMARKS_SCALE = 255;
const LANDMARKS_SIDE = 112;

/** `input` float32 NCHW [N,3,112,112] RGB 0..255 -> `output` float32 [N,136], x and y of 68 points in 0..1. */
function landmarksNet(weights: Weights, docString: string): Uint8Array {
  const draft = new Draft();
  const separable = (input: string, name: string, stride: 1 | 2): string => {
    const depthwise = depthwiseKernelOf(weights(`${name}/depthwise_filter`));
    const pointwise = kernelOf(weights(`${name}/pointwise_filter`), weights(`${name}/bias`));
    const edges = stride === 1 ? ALL_ROUND : FAR_EDGES;
    const spread = draft.conv(input, depthwise, { stride, edges }, depthwise.shape[0]);
    return draft.conv(spread, pointwise, { stride: 1, edges: VALID });
  };
  /** Each layer sees the sum of all before it. @param first the block's layer that halves height and width. */
  const dense = (first: string, block: string): string => {
    const start = draft.relu(first);
    let sum = start;
    for (const name of ['conv1', 'conv2', 'conv3'])
      sum = draft.add(sum, separable(sum === start ? start : draft.relu(sum), `${block}/${name}`, 1));
    return draft.relu(sum);
  };

  // The first convolution is padded, and the padding is 0 after the normalisation: it stays a step of its own.
  const normal = draft.normalise(INPUT, LANDMARKS_MEAN, LANDMARKS_SCALE);
  const conv0 = kernelOf(weights('dense0/conv0/filters'), weights('dense0/conv0/bias'));
  let out = dense(draft.conv(normal, conv0, { stride: 2, edges: FAR_EDGES }), 'dense0');
  for (const block of ['dense1', 'dense2', 'dense3']) out = dense(separable(out, `${block}/conv0`, 2), block);
  out = draft.head(out, weights('fc/weights'), weights('fc/bias').values);

  return draft.finish(out, {
    name: 'landmarks68',
    docString,
    input: ['N', 3, LANDMARKS_SIDE, LANDMARKS_SIDE],
    output: ['N', 136],
  });
}

// dlib's face encoder (dlib_face_recognition_resnet_model_v1) as ONNX: face-api 1.7.15, src/faceRecognitionNet.

/** RGB, and 256 as in dlib's input_rgb_image_sized, which trained the net; face-api divides by 255. */
const ENCODER_MEAN = [122.782, 117.001, 104.298];
const ENCODER_SCALE = 256;
const ENCODER_SIDE = 150;

/**
 * Blocks in order. Those with `missing` halve the size; so many `channels` are then missing from their short cut, and so
 * many rows and columns (`edge`) from the other branch: zeros replace them.
 */
const BLOCKS = [
  { name: 'conv32_1' },
  { name: 'conv32_2' },
  { name: 'conv32_3' },
  { name: 'conv64_down', missing: { channels: 32, edge: 0 } },
  { name: 'conv64_1' },
  { name: 'conv64_2' },
  { name: 'conv64_3' },
  { name: 'conv128_down', missing: { channels: 64, edge: 0 } },
  { name: 'conv128_1' },
  { name: 'conv128_2' },
  { name: 'conv256_down', missing: { channels: 128, edge: 1 } },
  { name: 'conv256_1' },
  { name: 'conv256_2' },
  { name: 'conv256_down_out', missing: { channels: 0, edge: 1 } },
] as const;

/** `input` float32 NCHW [N,3,150,150] RGB 0..255 -> `output` float32 [N,128], not of unit length. */
function encoderNet(weights: Weights, docString: string): Uint8Array {
  const draft = new Draft();
  const kernel = (name: string): Kernel =>
    scaledKernel(
      kernelOf(weights(`${name}/conv/filters`), weights(`${name}/conv/bias`)),
      weights(`${name}/scale/weights`),
      weights(`${name}/scale/biases`),
    );
  const same = { stride: 1, edges: ALL_ROUND };
  const down = { stride: 2, edges: VALID };

  // No padding here, so the normalisation may go into the weights.
  const first = takingPixels(kernel('conv32_down'), ENCODER_MEAN, ENCODER_SCALE);
  let out = draft.maxPool(draft.relu(draft.conv(INPUT, first, down)), 3, down);
  for (const block of BLOCKS) {
    const missing = 'missing' in block ? block.missing : undefined;
    const inner = draft.relu(draft.conv(out, kernel(`${block.name}/conv1`), missing ? down : same));
    let deep = draft.conv(inner, kernel(`${block.name}/conv2`), same);
    let shortcut = out;
    if (missing) {
      shortcut = draft.averagePool(shortcut, 2);
      if (missing.channels > 0) shortcut = draft.zerosBehind(shortcut, missing.channels, 0, 0);
      if (missing.edge > 0) deep = draft.zerosBehind(deep, 0, missing.edge, missing.edge);
    }
    out = draft.relu(draft.add(shortcut, deep));
  }
  out = draft.head(out, weights('fc'));

  return draft.finish(out, {
    name: 'dlib-encoder',
    docString,
    input: ['N', 3, ENCODER_SIDE, ENCODER_SIDE],
    output: ['N', 128],
  });
}
