/** The networks of pack `builtin`, made from the weights in the npm package @vladmandic/face-api. */
import { encoderNet } from './encoder-net.js';
import { landmarksNet } from './landmarks-net.js';
import { tinyFaceNet } from './tiny-face-net.js';
import { readWeights } from './weights.js';

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
