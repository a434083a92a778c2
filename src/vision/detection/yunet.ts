/**
 * Decodes the faces that YuNet finds.
 *
 * For each stride S of 8, 16 and 32 the network has outputs `cls_S` and `obj_S` [1,cells,1], `bbox_S` [1,cells,4] and
 * `kps_S` [1,cells,10]; cells in rows of the input's width / S. Decoding after OpenCV 4.6, face_detect.cpp.
 */
import type { Point } from '../geometry.js';
import { type Face, type FivePoints, suppressNonMaxima } from './face.js';

const STRIDES = [8, 16, 32] as const;
/** OpenCV's own default. */
const MAX_OVERLAP = 0.3;
/** Times the picture's longer side: a face far larger than its picture is a broken number. */
const MAX_SIZE = 4;

export type YunetOutputs = Readonly<Record<string, { readonly data: Float32Array }>>;

export interface YunetOptions {
  /** Of the network's input, in pixels; multiples of 32. */
  readonly width: number;
  readonly height: number;
  /** Lowest score that still counts, 0..1, inclusive. */
  readonly minScore: number;
}

/**
 * Faces of the first picture of the batch in pixels of the network's input, best first.
 * @throws RangeError when an output is missing or has another size.
 */
export function decodeYunet(
  outputs: YunetOutputs,
  { width, height, minScore }: YunetOptions,
): readonly Face[] {
  const found: Face[] = [];
  for (const stride of STRIDES) {
    const columns = width / stride;
    const cells = columns * (height / stride);
    const output = (name: string, numbers: number): Float32Array => {
      const data = outputs[`${name}_${stride}`]?.data;
      if (data?.length === cells * numbers) return data;
      throw new RangeError(`Expected ${cells * numbers} numbers of ${name}_${stride}, got ${data?.length}.`);
    };
    const cls = output('cls', 1);
    const obj = output('obj', 1);
    const bbox = output('bbox', 4);
    const kps = output('kps', 10);
    for (let cell = 0; cell < cells; cell += 1) {
      const score = Math.sqrt(share(cls[cell]) * share(obj[cell]));
      if (!(score >= minScore)) continue;
      const [column, row] = [cell % columns, Math.floor(cell / columns)];
      const face = faceAt({ column, row, stride }, score, {
        box: bbox.subarray(cell * 4, cell * 4 + 4),
        points: kps.subarray(cell * 10, cell * 10 + 10),
      });
      if (isPossible(face, width, height)) found.push(face);
    }
  }
  return suppressNonMaxima(found, MAX_OVERLAP);
}

function faceAt(
  { column, row, stride }: { readonly column: number; readonly row: number; readonly stride: number },
  score: number,
  { box, points }: { readonly box: Float32Array; readonly points: Float32Array },
): Face {
  const [dx = NaN, dy = NaN, logWidth = NaN, logHeight = NaN] = box;
  const width = Math.exp(logWidth) * stride;
  const height = Math.exp(logHeight) * stride;
  const point = (index: number): Point => ({
    x: ((points[2 * index] ?? NaN) + column) * stride,
    y: ((points[2 * index + 1] ?? NaN) + row) * stride,
  });
  const five: FivePoints = [point(0), point(1), point(2), point(3), point(4)];
  const [x, y] = [(column + dx) * stride - width / 2, (row + dy) * stride - height / 2];
  return { box: { x, y, width, height }, score, points: five };
}

/** Every number finite, and of a size and place that a picture can show. */
function isPossible({ box, points }: Face, width: number, height: number): boolean {
  const most = MAX_SIZE * Math.max(width, height);
  const places = [box.x, box.y, ...points.flatMap(({ x, y }) => [x, y])];
  return box.width <= most && box.height <= most && places.every((value) => Math.abs(value) <= most);
}

const share = (value = 0): number => Math.min(1, Math.max(0, value));
