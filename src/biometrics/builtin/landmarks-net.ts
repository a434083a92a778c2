/** The 68-landmark network as ONNX: face-api 1.7.15, src/faceFeatureExtractor and src/faceLandmarkNet. */
import { ALL_ROUND, Draft, FAR_EDGES, INPUT, VALID } from './draft.js';
import { depthwiseKernelOf, kernelOf } from './fold.js';
import type { Weights } from './weights.js';

/** RGB: src/faceFeatureExtractor/FaceFeatureExtractor.ts. */
const MEAN = [122.782, 117.001, 104.298];
const SCALE = 255;
const SIDE = 112;

/** `input` float32 NCHW [N,3,112,112] RGB 0..255 -> `output` float32 [N,136], x and y of 68 points in 0..1. */
export function landmarksNet(weights: Weights, docString: string): Uint8Array {
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
  const normal = draft.normalise(INPUT, MEAN, SCALE);
  const conv0 = kernelOf(weights('dense0/conv0/filters'), weights('dense0/conv0/bias'));
  let out = dense(draft.conv(normal, conv0, { stride: 2, edges: FAR_EDGES }), 'dense0');
  for (const block of ['dense1', 'dense2', 'dense3']) out = dense(separable(out, `${block}/conv0`, 2), block);
  out = draft.head(out, weights('fc/weights'), weights('fc/bias').values);

  return draft.finish(out, {
    name: 'landmarks68',
    docString,
    input: ['N', 3, SIDE, SIDE],
    output: ['N', 136],
  });
}
