import { crc32 } from 'node:zlib';
import { cv } from '../../../src/vision/opencv/cv.js';

/** A picture whose blue rises with x and whose green rises with y, by `step` a pixel, starting at `from`. */
export function ramp(width: number, height: number, { red = 50, step = 1, from = 0 } = {}) {
  const bytes = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      const at = (y * width + x) * 3;
      bytes[at] = level((x - from) * step);
      bytes[at + 1] = level((y - from) * step);
      bytes[at + 2] = red;
    }
  return new cv.Mat(bytes, height, width, cv.CV_8UC3);
}

const level = (value: number) => Math.min(255, Math.max(0, Math.round(value)));

export function encoded(extension: '.jpg' | '.png' | '.bmp' | '.webp', width = 64, height = 48): Uint8Array {
  const mat = ramp(width, height);
  const file = cv.imencode(extension, mat);
  mat.release();
  return file;
}

/** As EXIF of the order MM, which cameras write, with a long number in the place of a short one where asked for. */
function bigEndianTiff(orientation: number, isLong: boolean): Buffer {
  const tiff = Buffer.alloc(26);
  tiff.write('MM\0*', 0, 'latin1');
  tiff.writeUInt32BE(8, 4);
  tiff.writeUInt16BE(1, 8);
  tiff.writeUInt16BE(0x0112, 10);
  tiff.writeUInt16BE(isLong ? 4 : 3, 12);
  tiff.writeUInt32BE(1, 14);
  if (isLong) tiff.writeUInt32BE(orientation, 18);
  else tiff.writeUInt16BE(orientation, 18);
  return tiff;
}

const app1 = (bytes: Uint8Array): Buffer => {
  const head = Buffer.from([0xff, 0xe1, 0, 0]);
  head.writeUInt16BE(2 + bytes.length, 2);
  return Buffer.concat([head, bytes]);
};

/** The same JPEG with XMP before its EXIF, which stands behind JFIF as well: as editors of pictures leave it. */
export function withXmpBeforeOrientation(jpeg: Uint8Array, orientation: number, isLong = false): Uint8Array {
  const xmp = Buffer.from('http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>', 'latin1');
  const exif = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), bigEndianTiff(orientation, isLong)]);
  const jfifEnd = 4 + Buffer.from(jpeg).readUInt16BE(4);
  return Buffer.concat([jpeg.subarray(0, jfifEnd), app1(xmp), app1(exif), jpeg.subarray(jfifEnd)]);
}

/** The same PNG with a chunk eXIf, before or behind its pixels. */
export function pngWithOrientation(png: Uint8Array, orientation: number, isBehind: boolean): Uint8Array {
  const body = Buffer.concat([Buffer.from('eXIf', 'latin1'), bigEndianTiff(orientation, false)]);
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(body.length - 4, 0);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), body.length + 4);
  const at = isBehind ? png.length - 12 : 33;
  return Buffer.concat([png.subarray(0, at), chunk, png.subarray(at)]);
}

function tiffOf(orientation: number): Buffer {
  const tiff = Buffer.alloc(26);
  tiff.write('II*\0', 0, 'latin1');
  tiff.writeUInt32LE(8, 4);
  tiff.writeUInt16LE(1, 8);
  tiff.writeUInt16LE(0x0112, 10);
  tiff.writeUInt16LE(3, 12);
  tiff.writeUInt32LE(1, 14);
  tiff.writeUInt16LE(orientation, 18);
  return tiff;
}

/** The same WebP in the extended format, with a chunk EXIF. */
export function webpWithOrientation(
  webp: Uint8Array,
  width: number,
  height: number,
  orientation: number,
): Uint8Array {
  const chunk = (name: string, bytes: Uint8Array) => {
    const head = Buffer.alloc(8);
    head.write(name, 0, 'latin1');
    head.writeUInt32LE(bytes.length, 4);
    return Buffer.concat([head, bytes, Buffer.alloc(bytes.length % 2)]);
  };
  const canvas = Buffer.alloc(10);
  // The flag for EXIF.
  canvas.writeUInt8(0x08, 0);
  canvas.writeUIntLE(width - 1, 4, 3);
  canvas.writeUIntLE(height - 1, 7, 3);
  const chunks = [chunk('VP8X', canvas), webp.subarray(12), chunk('EXIF', tiffOf(orientation))];
  return chunk('RIFF', Buffer.concat([Buffer.from('WEBP', 'latin1'), ...chunks]));
}

/** A progressive JPEG of a few KB that asks a decoder to go over a large picture again and again. */
export function scanBomb(width: number, height: number, scans: number): Uint8Array {
  const frame = Buffer.from([0xff, 0xc2, 0, 11, 8, 0, 0, 0, 0, 1, 1, 0x11, 0]);
  frame.writeUInt16BE(height, 5);
  frame.writeUInt16BE(width, 7);
  const scan = Buffer.from([0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0, 0x00]);
  const all = Array.from({ length: scans }, () => scan);
  return Buffer.concat([Buffer.from([0xff, 0xd8]), frame, ...all, Buffer.from([0xff, 0xd9])]);
}

/** The same JPEG with an EXIF block that says how it was held. */
export function withOrientation(jpeg: Uint8Array, orientation: number): Uint8Array {
  const tiff = tiffOf(orientation);
  const head = Buffer.from([0xff, 0xd8, 0xff, 0xe1, 0, 2 + 6 + tiff.length]);
  return Buffer.concat([head, Buffer.from('Exif\0\0', 'latin1'), tiff, jpeg.subarray(2)]);
}

/** One pixel of bgr8 HWC. */
export function pixel(pixels: Uint8Array, width: number, x: number, y: number): number[] {
  const at = (y * width + x) * 3;
  return [...pixels.subarray(at, at + 3)];
}
