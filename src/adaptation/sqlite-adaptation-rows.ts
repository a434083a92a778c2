/** The parts of what a lane has gathered, as bytes and back. */
import { z } from 'zod';
import { type ModelDigest, modelDigest } from '../base/ids.js';
import { wallTime } from '../base/units.js';
import { headFromText, headToText } from '../biometrics/head/head-file.js';
import type { AdaptedHead, LaneAdaptation } from './adaptation-store.js';
import type { CameraStatistics } from './camera-statistics.js';

export const PARTS = ['sums', 'candidate', 'used', 'before', 'heldSince'] as const;
export type Part = (typeof PARTS)[number];

const counts = z.array(z.int().nonnegative()).length(400);
const side = z.strictObject({ mated: counts, impostors: counts });
const passages = z.strictObject({
  passages: z.int().nonnegative(),
  mostPeople: z.int().nonnegative(),
  before: side,
  after: side,
});
const adapted = z.strictObject({
  head: z.string(),
  over: z.string().regex(/^[0-9a-f]{64}$/),
  madeAt: z.number(),
  detail: z.string(),
});
const candidate = adapted.extend({
  verdict: z.enum(['better', 'refused', 'waiting']),
  passages: passages.optional(),
});
const held = z.number();

/** Ten characters of the day, then the sums. */
const DAY = 10;

/** @returns undefined where there is no such part. */
export function partToBytes(part: Part, of: LaneAdaptation): Uint8Array | undefined {
  if (part === 'sums')
    return of.sums === undefined
      ? undefined
      : Buffer.concat([Buffer.from(of.sums.day), bytesOfStatistics(of.sums.statistics)]);
  if (part === 'heldSince') return of.heldSince === undefined ? undefined : text(of.heldSince);
  const one = of[part];
  return one === undefined ? undefined : text({ ...one, head: headToText(one.head) });
}

/** @returns undefined for bytes that are something else. @throws TwinstileError 'head-refused' for a head that is none. */
export function partFromBytes(
  part: Part,
  bytes: Uint8Array,
  encoder: ModelDigest,
): Partial<LaneAdaptation> | undefined {
  if (part === 'sums') {
    const statistics = statisticsFromBytes(bytes.slice(DAY), encoder);
    const day = Buffer.from(bytes.subarray(0, DAY)).toString();
    return statistics === undefined ? undefined : { sums: { statistics, day } };
  }
  const json: unknown = JSON.parse(Buffer.from(bytes).toString());
  if (part === 'heldSince') {
    const since = held.safeParse(json).data;
    return since === undefined ? undefined : { heldSince: wallTime(since) };
  }
  if (part === 'candidate') {
    const stored = candidate.safeParse(json).data;
    return stored === undefined ? undefined : { candidate: withHead(stored, encoder) };
  }
  const stored = adapted.safeParse(json).data;
  return stored === undefined ? undefined : { [part]: withHead(stored, encoder) };
}

interface StoredRow {
  readonly head: string;
  readonly over: string;
  readonly madeAt: number;
}

function withHead<T extends StoredRow>(
  stored: T,
  encoder: ModelDigest,
): Omit<T, keyof StoredRow> & Pick<AdaptedHead, keyof StoredRow> {
  const { head, over, madeAt } = stored;
  return { ...stored, head: headFromText(head, encoder), over: modelDigest(over), madeAt: wallTime(madeAt) };
}

const text = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

/**
 * A camera's sums as bytes and back: float64, least significant byte first.
 *
 * version | dimension | tracks | weight | weightSquares | withinWeight | sum [d] | outer | within, the last two as upper
 * triangles, row by row, because they are symmetric.
 */
const VERSION = 1;
const HEADER = 6;
const MAX_DIMENSIONS = 4096;

export function bytesOfStatistics(statistics: CameraStatistics): Uint8Array {
  const { dimension, tracks, weight, weightSquares, withinWeight, sum, outer, within } = statistics;
  const numbers = [
    VERSION,
    dimension,
    tracks,
    weight,
    weightSquares,
    withinWeight,
    ...sum,
    ...upper(outer, dimension),
    ...upper(within, dimension),
  ];
  const bytes = new Uint8Array(numbers.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of numbers.entries()) view.setFloat64(i * 8, value, true);
  return bytes;
}

/** @returns undefined for bytes that are no sums: of another length or version, or with a number that is none. */
export function statisticsFromBytes(bytes: Uint8Array, encoder: ModelDigest): CameraStatistics | undefined {
  if (bytes.length < HEADER * 8 || bytes.length % 8 !== 0) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const numbers = Float64Array.from({ length: bytes.length / 8 }, (_, i) => view.getFloat64(i * 8, true));
  const [version, dimension = 0, tracks = 0, weight = 0, weightSquares = 0, withinWeight = 0] = numbers;
  const triangle = (dimension * (dimension + 1)) / 2;
  const isOne = version === VERSION && Number.isInteger(dimension) && dimension > 0;
  if (!isOne || dimension > MAX_DIMENSIONS || numbers.length !== HEADER + dimension + 2 * triangle)
    return undefined;
  if (!numbers.every(Number.isFinite)) return undefined;
  const from = HEADER + dimension;
  return {
    encoder,
    dimension,
    tracks,
    weight,
    weightSquares,
    withinWeight,
    sum: numbers.slice(HEADER, from),
    outer: symmetric(numbers.subarray(from, from + triangle), dimension),
    within: symmetric(numbers.subarray(from + triangle), dimension),
  };
}

function upper(matrix: Float64Array, size: number): Float64Array {
  const result = new Float64Array((size * (size + 1)) / 2);
  let at = 0;
  for (let i = 0; i < size; i += 1)
    for (let j = i; j < size; j += 1) result[at++] = matrix[i * size + j] ?? Number.NaN;
  return result;
}

function symmetric(triangle: Float64Array, size: number): Float64Array {
  const result = new Float64Array(size * size);
  let at = 0;
  for (let i = 0; i < size; i += 1)
    for (let j = i; j < size; j += 1) {
      const value = triangle[at++] ?? Number.NaN;
      result[i * size + j] = value;
      result[j * size + i] = value;
    }
  return result;
}
