/** What vision asks of pictures, and the limits of the one that an operator may request. */
import type { Box, Similarity } from '../geometry.js';

/** A picture as a file, for a person to look at. */
export interface Jpeg {
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** A decoded picture (bgr8). Its pixels stay inside the adapter that made it; only what is asked for is copied out. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /**
   * Shrunk or enlarged to fit into width x height with its aspect kept, placed at the top left, the rest 0.
   * @returns bgr8 HWC of height x width, and the factor from the frame's pixels to these.
   */
  letterbox(width: number, height: number): { readonly pixels: Uint8Array; readonly scale: number };
  /** Warped so that chip = similarity(frame), bilinear, borders 0: bgr8 HWC of height x width. */
  warp(similarity: Similarity, width: number, height: number): Uint8Array;
  /** The box cut out (clipped to the picture) and resized: bgr8 HWC of height x width. */
  crop(
    box: { x: number; y: number; width: number; height: number },
    width: number,
    height: number,
  ): Uint8Array;
  /**
   * Shrunk to fit; never enlarged. @param side longer side at the most, in pixels. @param bytes at the most.
   * @param clear as shares of the picture, 0..1: what is outside of it is made unrecognisable; absent: all of it is clear.
   */
  jpeg(side: number, bytes: number, clear?: Box): Jpeg;
  /** Frees native memory now, not when the collector thinks of it. */
  release(): void;
}

/** Limits the one picture that a lane gives to an operator who may request it. */
export const SNAPSHOT = {
  /** Longer side at the most, in pixels: enough to see what is wrong with a view, and no archive of faces. */
  side: 1280,
  /** At the most; in base64 it is still shorter than the longest badge message. */
  bytes: 256 * 1024,
} as const;

/** Limits a picture of a live view: small enough that ten a second cost a lane little. */
export const LIVE_PICTURE = { side: 640, bytes: 96 * 1024 } as const;

/** Whether the bytes begin as every JPEG does. */
export const isJpeg = (bytes: Uint8Array): boolean =>
  bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
