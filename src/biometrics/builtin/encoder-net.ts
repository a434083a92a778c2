/** dlib's face encoder (dlib_face_recognition_resnet_model_v1) as ONNX: face-api 1.7.15, src/faceRecognitionNet. */
import { ALL_ROUND, Draft, INPUT, VALID } from './draft.js';
import { type Kernel, kernelOf, scaled, takingPixels } from './fold.js';
import type { Weights } from './weights.js';

/** RGB, and 256 as in dlib's input_rgb_image_sized, which trained the net; face-api divides by 255. */
const MEAN = [122.782, 117.001, 104.298];
const SCALE = 256;
const SIDE = 150;

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
export function encoderNet(weights: Weights, docString: string): Uint8Array {
  const draft = new Draft();
  const kernel = (name: string): Kernel =>
    scaled(
      kernelOf(weights(`${name}/conv/filters`), weights(`${name}/conv/bias`)),
      weights(`${name}/scale/weights`),
      weights(`${name}/scale/biases`),
    );
  const same = { stride: 1, edges: ALL_ROUND };
  const down = { stride: 2, edges: VALID };

  // No padding here, so the normalisation may go into the weights.
  const first = takingPixels(kernel('conv32_down'), MEAN, SCALE);
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
    input: ['N', 3, SIDE, SIDE],
    output: ['N', 128],
  });
}
