/** Reads the head of a HEIF file (ISO/IEC 23008-12, boxes of ISO/IEC 14496-12): its kind, its size and whether its end is there. */
import type { Size } from '../geometry.js';

/** Kinds of HEIF by the codec of their pictures. */
type HeifKind = 'HEIC' | 'AVIF';

interface HeifHead {
  /** The largest that any picture of the file claims, after it was turned or not: a decoder allocates no more for one. */
  readonly size: Size;
  readonly isComplete: boolean;
}

interface Box {
  readonly type: string;
  readonly begin: number;
  /** Exclusive; beyond the file where it is cut short. */
  readonly end: number;
}

const HEVC = /^(hei[cxms]|hev[cxms])$/;
const AV1 = /^avi[fs]$/;
const GENERIC = /^(mif[12]|msf1|miaf)$/;
/** Of one box: a photograph has some dozens in each. */
const MAX_BOXES = 4096;

/** @returns undefined for what is no HEIF, such as a film. */
export function heifKind(bytes: Uint8Array): HeifKind | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.length < 16 || file.toString('latin1', 4, 8) !== 'ftyp') return undefined;
  const end = Math.min(file.readUInt32BE(0), file.length, 256);
  const brands = [file.toString('latin1', 8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(file.toString('latin1', at, at + 4));
  const [major = ''] = brands;
  if (!HEVC.test(major) && !AV1.test(major) && !GENERIC.test(major)) return undefined;
  const known = [major, ...brands].find((brand) => HEVC.test(brand) || AV1.test(brand));
  return known !== undefined && AV1.test(known) ? 'AVIF' : 'HEIC';
}

/** @returns undefined where no picture has a size. */
export function readHeifHead(bytes: Uint8Array): HeifHead | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const boxes = boxesIn(file, 0, file.length);
  const within = (all: readonly Box[], type: string, skipped = 0): readonly Box[] =>
    all
      .filter((box) => box.type === type)
      .flatMap(({ begin, end }) => boxesIn(file, begin + skipped, Math.min(end, file.length)));
  // `meta` has a version and flags before its boxes.
  const properties = within(within(within(boxes, 'meta', 4), 'iprp'), 'ipco');
  const sizes = properties
    .filter(({ type, begin }) => type === 'ispe' && begin + 12 <= file.length)
    .map(({ begin }) => ({ width: file.readUInt32BE(begin + 4), height: file.readUInt32BE(begin + 8) }));
  const size = sizes.reduce<Size | undefined>(
    (largest, one) => (largest === undefined || areaOf(one) > areaOf(largest) ? one : largest),
    undefined,
  );
  // Some phones write notes of their own behind the last box.
  const isComplete = boxes.every(({ end }) => end <= file.length);
  return size === undefined ? undefined : { size, isComplete };
}

const areaOf = ({ width, height }: Size): number => width * height;

function boxesIn(file: Buffer, from: number, to: number): readonly Box[] {
  const boxes: Box[] = [];
  for (let at = from; at + 8 <= to && boxes.length < MAX_BOXES; ) {
    const short = file.readUInt32BE(at);
    const isLong = short === 1 && at + 16 <= to;
    const length = isLong ? Number(file.readBigUInt64BE(at + 8)) : short === 0 ? to - at : short;
    const head = isLong ? 16 : 8;
    if (length < head) break;
    boxes.push({ type: file.toString('latin1', at + 4, at + 8), begin: at + head, end: at + length });
    at += length;
  }
  return boxes;
}
