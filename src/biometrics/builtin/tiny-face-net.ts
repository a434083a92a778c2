/** The tiny face detector as ONNX: face-api 1.7.15, src/tinyYolov2/TinyYolov2Base.ts, runMobilenet. */
import { ALL_ROUND, Draft, FAR_EDGES, INPUT, VALID } from './draft.js';
import { depthwiseKernelOf, kernelOf, takingPixels } from './fold.js';
import type { Weights } from './weights.js';

/** RGB: src/tinyFaceDetector/const.ts. */
const MEAN = [117.001, 114.697, 97.404];
const SCALE = 255;
/** Of the leaky rectifiers: src/tinyYolov2/leaky.ts. */
const LEAK = 0.1;

/** `input` float32 NCHW [N,3,H,W] RGB 0..255, H and W multiples of 32 -> `output` float32 [N,25,H/32,W/32]. */
export function tinyFaceNet(weights: Weights, docString: string): Uint8Array {
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
  const first = takingPixels(kernelOf(weights('conv0/filters'), weights('conv0/bias')), MEAN, SCALE);
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
