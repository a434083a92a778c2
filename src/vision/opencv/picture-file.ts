/**
 * Reads the head of a picture file: its kind, its size and whether its end is there.
 *
 * A decoder allocates what the head promises, so the promise is read before the decoder is asked; and OpenCV fills
 * the missing part of a truncated JPEG with grey, which must not become a template.
 */
import type { Size } from '../geometry.js';
import { heifKind, readHeifHead } from '../heif/heif-head.js';

type PictureKind = 'JPEG' | 'PNG' | 'BMP' | 'WebP' | 'HEIC';

export interface PictureHead {
  readonly kind: PictureKind;
  /** As stored, before the EXIF orientation turns it. */
  readonly size: Size;
  readonly isComplete: boolean;
  /** Whether a decoder can make it smaller while it reads, so that the whole is never in memory: a sequential JPEG of one scan. */
  readonly isReducible: boolean;
  /** How often a decoder goes over all of the picture: once, but for a progressive JPEG. */
  readonly scans: number;
  /** Of the whole file. */
  readonly bytes: number;
}

/** @returns undefined for what is none of the five kinds, or has no size in its head. */
export function readPictureHead(bytes: Uint8Array): PictureHead | undefined {
  const head = readHead(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  return head === undefined ? undefined : { ...head, bytes: bytes.byteLength };
}

type Head = Omit<PictureHead, 'bytes'>;

function readHead(file: Buffer): Head | undefined {
  if (file.length < 26) return undefined;
  if (file.readUInt16BE(0) === 0xffd8) return readJpeg(file);
  if (file.readUInt32BE(0) === 0x89504e47 && file.toString('latin1', 12, 16) === 'IHDR') return readPng(file);
  if (file.toString('latin1', 0, 2) === 'BM') return readBmp(file);
  if (file.toString('latin1', 0, 4) === 'RIFF' && file.toString('latin1', 8, 12) === 'WEBP')
    return readWebP(file);
  return heifKind(file) === 'HEIC' ? readHeic(file) : undefined;
}

/** @returns the name of a kind that is known and cannot be read, whatever the file is called. */
export function otherKind(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
  if (text.slice(4, 8) === 'ftyp') {
    return heifKind(bytes) ?? 'a film';
  }
  return OTHER_KINDS.find(([begin]) => text.startsWith(begin))?.[1];
}

const OTHER_KINDS: readonly (readonly [string, string])[] = [
  ['GIF8', 'GIF'],
  ['II*\0', 'TIFF or a camera’s raw file'],
  ['MM\0*', 'TIFF or a camera’s raw file'],
  ['%PDF', 'PDF'],
  ['\xff\x0a', 'JPEG XL'],
  ['\0\0\0\x0cJXL', 'JPEG XL'],
  ['\0\0\0\x0cjP', 'JPEG 2000'],
  ['<', 'a page or an SVG'],
  ['version https://', 'a pointer of Git LFS'],
  ['PK', 'an archive'],
];

const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;

/** ITU T.81, annex B: segments with lengths, and after a scan's header bytes without one up to the next marker. */
function readJpeg(file: Buffer): Head | undefined {
  let size: Size | undefined;
  let isSequential = false;
  let scans = 0;
  let at = 2;
  const found = (isComplete: boolean) => jpegHead(size, { isComplete, scans, isSequential });
  while (at + 4 <= file.length) {
    if (file[at] !== 0xff) return found(false);
    const marker = file.readUInt8(at + 1);
    if (marker === END_OF_IMAGE) return found(true);
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const length = file.readUInt16BE(at + 2);
    if (isFrameHeader(marker) && size === undefined) isSequential = marker <= 0xc1;
    if (isFrameHeader(marker) && at + 9 <= file.length)
      size ??= { width: file.readUInt16BE(at + 7), height: file.readUInt16BE(at + 5) };
    at += 2 + length;
    if (marker !== START_OF_SCAN) continue;
    scans += 1;
    at = nextMarker(file, at);
  }
  const ends = at + 2 <= file.length && file.readUInt16BE(at) === 0xff00 + END_OF_IMAGE;
  return found(ends);
}

function jpegHead(
  size: Size | undefined,
  {
    isComplete,
    scans,
    isSequential,
  }: Pick<Head, 'isComplete' | 'scans'> & { readonly isSequential: boolean },
): Head | undefined {
  const known = head('JPEG', size, isComplete, scans);
  return known === undefined ? undefined : { ...known, isReducible: isSequential && scans === 1 };
}

/** SOF0 to SOF15 without the tables that lie between them: DHT, JPG and DAC. */
const isFrameHeader = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

/** Past stuffed bytes (FF 00), restart markers (FF D0 to D7) and fill bytes. */
function nextMarker(file: Buffer, from: number): number {
  let at = file.indexOf(0xff, from);
  while (at >= 0 && at + 1 < file.length) {
    const next = file.readUInt8(at + 1);
    if (next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at;
    at = file.indexOf(0xff, next === 0xff ? at + 1 : at + 2);
  }
  return file.length;
}

/** PNG specification, 11.2: the first chunk holds the size, IEND is the last one. */
function readPng(file: Buffer): Head | undefined {
  const size = { width: file.readUInt32BE(16), height: file.readUInt32BE(20) };
  let at = 8;
  while (at + 12 <= file.length) {
    const end = at + 12 + file.readUInt32BE(at);
    if (file.toString('latin1', at + 4, at + 8) === 'IEND') return head('PNG', size, end <= file.length);
    at = end;
  }
  return head('PNG', size, false);
}

/** BITMAPINFOHEADER and its successors; a negative height means rows from the top. */
function readBmp(file: Buffer): Head | undefined {
  const pixelsAt = file.readUInt32LE(10);
  if (file.readUInt32LE(14) < 40 || file.length < 54) return undefined;
  const size = { width: file.readInt32LE(18), height: Math.abs(file.readInt32LE(22)) };
  const bitsPerPixel = file.readUInt16LE(28);
  const isPlain = file.readUInt32LE(30) !== 1 && file.readUInt32LE(30) !== 2;
  const row = Math.ceil((size.width * bitsPerPixel) / 32) * 4;
  return head('BMP', size, file.length >= (isPlain ? pixelsAt + row * size.height : pixelsAt));
}

/** RFC 9649: lossy (VP8), lossless (VP8L) and extended (VP8X) hold their size in three ways. */
function readWebP(file: Buffer): Head | undefined {
  const isComplete = file.length >= 8 + file.readUInt32LE(4);
  switch (file.toString('latin1', 12, 16)) {
    case 'VP8 ':
      if (file.length < 30) return undefined;
      return head(
        'WebP',
        { width: file.readUInt16LE(26) & 0x3fff, height: file.readUInt16LE(28) & 0x3fff },
        isComplete,
      );
    case 'VP8L': {
      const bits = file.readUInt32LE(21);
      return head('WebP', { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }, isComplete);
    }
    case 'VP8X':
      if (file.length < 30) return undefined;
      return head(
        'WebP',
        { width: file.readUIntLE(24, 3) + 1, height: file.readUIntLE(27, 3) + 1 },
        isComplete,
      );
    default:
      return undefined;
  }
}

function readHeic(file: Buffer): Head | undefined {
  const found = readHeifHead(file);
  return head('HEIC', found?.size, found?.isComplete === true);
}

function head(kind: PictureKind, size: Size | undefined, isComplete: boolean, scans = 1): Head | undefined {
  if (size === undefined || size.width < 1 || size.height < 1) return undefined;
  return { kind, size, isComplete, isReducible: false, scans };
}

/** What a decoder may be asked to do. */
export interface DecodeBudget {
  readonly maxPixels: number;
  /** Pixels times scans: a progressive JPEG of some KB can ask for a thousand scans of a large picture. */
  readonly maxWork: number;
}

/** Any file may hold a picture of that size; a larger one has to be as long as a photograph of its size is. */
const FREE_PIXELS = 4_000_000;
/**
 * A photograph has 5 to 30 pixels a byte, strongly compressed 60; a PNG or WebP of one colour has thousands, and means 50 megapixels with
 * a file of 6 kB.
 */
const PIXELS_PER_BYTE = 100;
/** Of a progressive JPEG as programs write it. */
const USUAL_SCANS = 10;

/**
 * 50 megapixels are 150 MB of bgr8: more than any camera or phone hands in, less than what hurts a small box. A
 * progressive photograph of 12 megapixels has ten scans or so.
 */
const PHOTO_BUDGET: DecodeBudget = { maxPixels: 50_000_000, maxWork: 250_000_000 };
/**
 * Phones write up to 200 megapixels. Where the decoder makes the picture smaller while it reads, only what is left of it is in
 * memory; reading itself takes as long as the picture is large.
 */
const REDUCIBLE_BUDGET: DecodeBudget = { ...PHOTO_BUDGET, maxPixels: 200_000_000 };

/** What a photograph may ask for. */
export const photoBudget = ({ isReducible }: Pick<PictureHead, 'isReducible'>): DecodeBudget =>
  isReducible ? REDUCIBLE_BUDGET : PHOTO_BUDGET;

/** By how much a photograph within its budget is made smaller in each direction, so that no more than 50 megapixels are in memory. */
export const reductionOf = ({ size }: Pick<PictureHead, 'size'>): 1 | 2 =>
  size.width * size.height > PHOTO_BUDGET.maxPixels ? 2 : 1;

/** Of a photograph in a document, which is small; its sender is not trusted, and others wait behind it. */
export const DOCUMENT_PHOTO_BUDGET: DecodeBudget = { maxPixels: 4_000_000, maxWork: 40_000_000 };

/** @returns what is too much about the picture, as "Expected X, got Y" needs it; undefined when it is within the budget. */
export function overBudget(
  { size, scans, bytes }: Pick<PictureHead, 'size' | 'scans' | 'bytes'>,
  { maxPixels, maxWork }: DecodeBudget,
): { readonly expected: string; readonly got: string } | undefined {
  const pixels = size.width * size.height;
  const got = `${size.width} x ${size.height}`;
  if (!(pixels <= maxPixels)) return { expected: `at most ${maxPixels / 1e6} megapixels`, got };
  const paid = FREE_PIXELS + PIXELS_PER_BYTE * bytes;
  if (!(pixels <= paid))
    return { expected: `at most ${Math.floor(paid / 1e6)} megapixels in a file of ${bytes} bytes`, got };
  const most = Math.min(maxWork, USUAL_SCANS * paid);
  if (!(pixels * scans <= most))
    return { expected: `at most ${Math.floor(most / pixels)} scans of ${got} pixels`, got: `${scans}` };
  return undefined;
}
