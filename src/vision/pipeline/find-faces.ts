/** Finds the faces in a picture with the pack's detector, of either kind. */
import { TwinstileError } from '../../base/errors.js';
import { type Face, scaled, suppressNonMaxima } from '../detection/face.js';
import { fivePointsOf, landmarkCrop } from '../detection/landmarks68.js';
import { decodeTinyFace, MAX_OVERLAP, type ScoredBox } from '../detection/tiny-face.js';
import { decodeYunet } from '../detection/yunet.js';
import type { Box, Size } from '../geometry.js';
import type { Network } from '../ports/network.js';
import type { Picture } from '../ports/picture.js';
import type { Models } from './load-models.js';

export interface DetectionOptions {
  /** Longer side of the picture the detector works on, in pixels. */
  readonly longest: number;
  /** Lowest score that still counts, 0..1, inclusive. */
  readonly minScore: number;
}

/** Of more faces than this in one picture the largest are kept. */
const MAX_FACES = 64;
/** Both detectors halve their input five times. */
const STEP = 32;
/** Width and height that face-api's landmark net takes. */
const LANDMARK_SIDE = 112;

/**
 * Faces in pixels of the picture, largest first, at most 64.
 * @throws TwinstileError 'model-failed'.
 */
export async function findFaces(
  picture: Picture,
  models: Models,
  finding: DetectionOptions,
): Promise<readonly Face[]> {
  if (models.landmarks === undefined) return largest(await yunetFaces(picture, models, finding));
  const found = largest(await tinyBoxes(picture, models, finding));
  const faces: Face[] = [];
  for (const { box, score } of found)
    faces.push({ box, score, points: await landmarksIn(box, picture, models.landmarks) });
  return faces;
}

async function yunetFaces(
  picture: Picture,
  { detector }: Models,
  finding: DetectionOptions,
): Promise<readonly Face[]> {
  const { outputs, scale, size } = await look(picture, detector, finding.longest);
  const faces = reading(() => decodeYunet(outputs, { ...size, minScore: finding.minScore }));
  return faces.map((face) => scaled(face, 1 / scale));
}

/**
 * Two looks, the second at half the size: the tiny detector finds faces of about 40 to 200 pixels in what it is shown, and
 * a person in front of a turnstile is larger than that.
 */
async function tinyBoxes(
  picture: Picture,
  { detector }: Models,
  finding: DetectionOptions,
): Promise<readonly ScoredBox[]> {
  const boxes: ScoredBox[] = [];
  for (const longest of [finding.longest, finding.longest / 2]) {
    const { outputs, scale } = await look(picture, detector, longest);
    const found = reading(() => decodeTinyFace(onlyOf(outputs), { minScore: finding.minScore }));
    boxes.push(...found.map(({ box, score }) => ({ score, box: scaledBox(box, 1 / scale) })));
  }
  return suppressNonMaxima(boxes, MAX_OVERLAP);
}

async function look(picture: Picture, detector: Network, longest: number) {
  const size = workingSize(picture, longest);
  const { width, height } = size;
  const { pixels, scale } = picture.letterbox(width, height);
  const outputs = await detector.run({
    picture: { type: 'uint8', data: pixels, shape: [1, height, width, 3] },
  });
  return { outputs, scale, size };
}

/** The picture's shape with `longest` as its longer side, each side filled up to whole steps of the network. */
function workingSize({ width, height }: Size, longest: number): Size {
  const scale = longest / Math.max(width, height);
  const steps = (side: number) => Math.max(1, Math.ceil((side * scale) / STEP - 1e-6)) * STEP;
  return { width: steps(width), height: steps(height) };
}

async function landmarksIn(box: Box, picture: Picture, network: Network): Promise<Face['points']> {
  const crop = landmarkCrop(box);
  const a = LANDMARK_SIDE / crop.width;
  // Warped and not cut out, because the crop may reach beyond the picture.
  const similarity = { a, b: 0, tx: -crop.x * a, ty: -crop.y * a };
  const data = picture.warp(similarity, LANDMARK_SIDE, LANDMARK_SIDE);
  const shape = [1, LANDMARK_SIDE, LANDMARK_SIDE, 3];
  const outputs = await network.run({ picture: { type: 'uint8', data, shape } });
  return reading(() => fivePointsOf(onlyOf(outputs).data, crop));
}

const largest = <Found extends { readonly box: Box }>(found: readonly Found[]): readonly Found[] =>
  found.toSorted((a, b) => b.box.height - a.box.height).slice(0, MAX_FACES);

const scaledBox = ({ x, y, width, height }: Box, factor: number): Box => ({
  x: x * factor,
  y: y * factor,
  width: width * factor,
  height: height * factor,
});

function onlyOf<Output>(outputs: Readonly<Record<string, Output>>): Output {
  const [output] = Object.values(outputs);
  if (output === undefined) throw new RangeError('Expected an output of the network, got none.');
  return output;
}

/** An output of another shape than expected means the wrong network. */
function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new TwinstileError({
      code: 'model-failed',
      message: `Expected outputs of the card's networks, got others: ${(cause as Error).message}`,
      hint: 'Check that the card names the right files and kind of detector.',
      cause,
    });
  }
}
