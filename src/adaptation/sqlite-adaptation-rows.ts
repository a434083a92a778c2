/** The parts of what a lane has gathered, as bytes and back. */
import { z } from 'zod';
import { type ModelDigest, modelDigest } from '../base/ids.js';
import { wallTime } from '../base/units.js';
import { headFromText, headToText } from '../biometrics/head/head-file.js';
import type { AdaptedHead, LaneAdaptation } from './adaptation-store.js';
import { bytesOfStatistics, statisticsFromBytes } from './statistics-bytes.js';

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
