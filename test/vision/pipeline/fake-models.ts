/** A pack without files: its detector sees the faces it is told, its encoder tells which picture a chip came from. */

import { modelCard } from '../../../src/biometrics/model-card.js';
import type { Face } from '../../../src/vision/detection/face.js';
import { scaled } from '../../../src/vision/detection/face.js';
import type { Models } from '../../../src/vision/pipeline/load-models.js';
import type { Network } from '../../../src/vision/ports/network.js';
import type { Picture } from '../../../src/vision/ports/picture.js';
import { faceAt, yunetOutputs } from '../detection/yunet-outputs.js';

const file = { file: 'none.onnx', bytes: 1, sha256: '0'.repeat(64), licence: 'none', source: 'none' };

/** A chip of 2x2 pixels, an embedding of two numbers. */
export const card = modelCard.parse({
  name: 'fake',
  summary: 'For tests.',
  detector: { kind: 'yunet', model: file },
  encoder: {
    model: file,
    width: 2,
    height: 2,
    order: 'bgr',
    mean: [0, 0, 0],
    scale: [1, 1, 1],
    points: [
      [0, 0],
      [2, 0],
      [1, 1],
      [0, 2],
      [2, 2],
    ],
    dimension: 2,
    normalise: false,
    batch: 'free',
    metric: 'euclidean',
  },
});

export interface FakeModels extends Models {
  /** What the detector sees from now on, in pixels of the frame. */
  faces: readonly Face[];
  /** In how many quarters of a turn its faces look upright: 0 as they are. */
  turn: number;
  /** Width and height of each run of the detector. */
  readonly detected: string[];
  /** Chips of each run of the encoder. */
  readonly encoded: number[];
}

/** @param sees whether the detector sees anything at this size of input. */
export function fakeModels(sees: (width: number) => boolean = () => true): FakeModels {
  const detected: string[] = [];
  const encoded: number[] = [];
  const models: FakeModels = {
    card,
    faces: [],
    turn: 0,
    detected,
    encoded,
    detector: network(({ shape: [, height = 0, width = 0], data }) => {
      if (width === PROOF && height === PROOF) return seenAlone(data[1] === models.turn);
      detected.push(`${width}x${height}`);
      // The picture's longer side is told in its first pixel, in hundreds.
      const factor = Math.max(width, height) / ((data[0] ?? 1) * 100);
      const faces = sees(width) ? models.faces.map((face) => scaled(face, factor)) : [];
      return Object.fromEntries(
        Object.entries(
          yunetOutputs(
            { width, height },
            faces.map((face) => ({ face, stride: 8 })),
          ),
        ).map(([name, { data: numbers }]) => [name, { data: numbers, shape: [numbers.length] }]),
      );
    }),
    encoder: network(({ shape: [count = 0], data }) => {
      encoded.push(count);
      const numbers = Array.from({ length: count }, (_, index) => [data[index * 12] ?? NaN, 1]).flat();
      return { output: { data: Float32Array.from(numbers), shape: [count, 2] } };
    }),
  };
  return models;
}

/** Side of the square in which a face is looked at in four turns. */
const PROOF = 128;

/** A face in the middle of that square. */
function seenAlone(isUpright: boolean) {
  const face = faceAt(PROOF / 4, PROOF / 4, PROOF / 2, PROOF / 2, isUpright ? 0.9 : 0.8);
  const outputs = yunetOutputs({ width: PROOF, height: PROOF }, [{ face, stride: 8 }]);
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { data }]) => [name, { data, shape: [data.length] }]),
  );
}

/** In quarters of a turn. */
const turnOf = ({ a, b }: { readonly a: number; readonly b: number }): number =>
  (Math.round(Math.atan2(b, a) / (Math.PI / 2)) + 4) % 4;

type Fed = { readonly shape: readonly number[]; readonly data: Uint8Array | Float32Array };

function network(run: (fed: Fed) => Awaited<ReturnType<Network['run']>>): Network {
  return {
    inputs: ['picture'],
    outputs: [],
    provider: 'cpu',
    run: async ({ picture }) => run(picture ?? { shape: [], data: new Uint8Array() }),
    close: async () => {},
  };
}

export interface FakePicture extends Picture {
  released: number;
}

/**
 * A sharp picture of 600x400, whatever is asked of it. @param mark 0..255: the first byte of each of its chips.
 * @param pattern 0, 1 or 2: another one looks like another face.
 */
export function fakePicture(mark: number, width = 600, height = 400, pattern = 0): FakePicture {
  const chip = (w: number, h: number): Uint8Array => {
    const pixels = Uint8Array.from({ length: w * h * 3 }, (_, index) =>
      // Lines from top to bottom: sharp, with contrast, and without noise.
      (Math.floor(index / 3) % w) % 3 === pattern ? 200 : 80,
    );
    pixels[0] = mark;
    return pixels;
  };
  return {
    width,
    height,
    released: 0,
    letterbox: (w, h) => {
      const pixels = new Uint8Array(w * h * 3);
      pixels[0] = Math.max(width, height) / 100;
      return { pixels, scale: Math.min(w / width, h / height) };
    },
    warp: (similarity, w, h) => {
      const pixels = chip(w, h);
      if (w === PROOF) pixels[1] = turnOf(similarity);
      return pixels;
    },
    crop: (_, w, h) => chip(w, h),
    jpeg: () => ({ bytes: Uint8Array.of(0xff, 0xd8, 0xff, mark), width, height }),
    release() {
      this.released += 1;
    },
  };
}

/** A good face in the middle of a fake picture. */
export const middleFace = (x = 260, score = 0.9): Face => faceAt(x, 140, 80, 100, score);
