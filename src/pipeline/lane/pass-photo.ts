/** The photograph in a visitor's pass: encoded, compared, forgotten. It is never stored, logged or sent on. */
import { explain, TwinstileError } from '../../base/errors.js';
import { type Distance, millis } from '../../base/units.js';
import { within } from '../../base/waiting.js';
import type { Claim } from '../../decision/verify.js';
import { isJpeg } from '../../frame/snapshot.js';
import type { PhotoResult } from '../../ports/vision.js';

export interface PassPhotos {
  /** In a vision process, outside of core. */
  readonly encode: (jpeg: Uint8Array) => Promise<PhotoResult>;
  /** Between trunk vectors of the encoder that sees the live face, too: the photograph stands on the template side. */
  readonly distance: (template: Float32Array, live: Float32Array) => Distance;
  /** What went wrong, for the log; nothing of the picture is in it. */
  readonly onTrouble?: (detail: string) => void;
}

/** Whoever holds a pass to the reader waits no longer. */
const ENCODE_LIMIT = millis(5000);

/**
 * What a face is to be compared with; nothing when the photograph does not show exactly one face well enough.
 * @param jpeg as the reader found it.
 */
export async function readPassPhoto(jpeg: Uint8Array, photos: PassPhotos): Promise<Claim['pass']> {
  // The one format a pass has; a parser for others need not be offered to whoever may publish there.
  if (!isJpeg(jpeg)) return undefined;
  let result: PhotoResult;
  try {
    result = await within(ENCODE_LIMIT, photos.encode(jpeg), tooSlow);
  } catch (error) {
    // A vision process that dies of one photograph must not take the lane along.
    photos.onTrouble?.(explain(error));
    return undefined;
  }
  if (result.kind !== 'faces') return undefined;
  const [face, ...more] = result.faces;
  if (face?.embedding === undefined || more.length > 0 || face.problems.length > 0) return undefined;
  const { embedding } = face;
  return { distanceTo: (live) => photos.distance(embedding, live) };
}

const tooSlow = (): TwinstileError =>
  new TwinstileError({
    code: 'vision-failed',
    message: `Expected the photograph in the pass to be encoded within ${ENCODE_LIMIT} ms, got nothing.`,
  });
