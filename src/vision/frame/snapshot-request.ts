/** Limits the one picture that a lane gives to an operator who may request it. */

export const SNAPSHOT = {
  /** Longer side at the most, in pixels: enough to see what is wrong with a view, and no archive of faces. */
  side: 1280,
  /** At the most; in base64 it is still shorter than the longest badge message. */
  bytes: 256 * 1024,
} as const;

/** Whether the bytes begin as every JPEG does. */
export const isJpeg = (bytes: Uint8Array): boolean =>
  bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
