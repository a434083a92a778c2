/** The photograph in a visitor's pass: encoded, compared, forgotten. It is never stored, logged or sent on. */

import type { PendingReason } from '../access/decision-reasons.js';
import type { Claim } from '../access/verify.js';
import { within } from '../base/delay.js';
import { explain, TwinstileError } from '../base/errors.js';
import { type Distance, type Millis, millis } from '../base/units.js';
import { isJpeg } from '../vision/ports/picture.js';
import type { DocumentCamera, DocumentCapture, PhotoResult } from '../vision/ports/vision.js';

export interface DocumentPhotos {
  /** In a vision process, outside of core. */
  readonly encode: (
    jpeg: Uint8Array,
    sender: string,
  ) => Promise<PhotoResult | { readonly kind: 'over-budget' }>;
  /** Between trunk vectors of the encoder that sees the live face, too: the photograph is the template. */
  readonly distance: (template: Float32Array, live: Float32Array) => Distance;
  /** What went wrong, for the log; nothing of the picture is in it. */
  readonly onFault?: (detail: string) => void;
}

/** What a face is to be compared with, or why there is nothing. */
export type DocumentReading =
  | { readonly kind: 'pass'; readonly pass: NonNullable<Claim['pass']> }
  | {
      readonly kind: 'none';
      readonly reason: Extract<PendingReason, `document-${string}`>;
      /** The sender had no seconds of decoding left: to be counted as a drop. */
      readonly isOverBudget?: boolean;
    };

/** One photograph of another sender, which ends after 3 s, a new process, and its own. */
const ENCODE_LIMIT = millis(8000);
/** Opening a camera takes up to 3 s, and the visitor has to put the document down first. */
const LOOK_TIMEOUT = millis(9000);

/**
 * @param jpeg as the reader found it.
 * @param sender whose budget of decoding it uses.
 */
export async function readDocumentPhoto(
  jpeg: Uint8Array,
  sender: string,
  photos: DocumentPhotos,
): Promise<DocumentReading> {
  // The one format a pass has; a parser for others need not be exposed to every client that may publish there.
  if (!isJpeg(jpeg)) return none('document-photo-unusable');
  const result = await tried(photos.encode(jpeg, sender), ENCODE_LIMIT, photos);
  if (result?.kind === 'over-budget') return { ...none('document-photo-unusable'), isOverBudget: true };
  return faceOn(result, photos);
}

/** The document in front of the lane's second camera. */
export async function readDocumentInView(
  camera: Pick<DocumentCamera, 'capture'>,
  photos: DocumentPhotos,
): Promise<DocumentReading> {
  const capture = await tried(camera.capture('face'), LOOK_TIMEOUT, photos);
  if (capture === undefined) return none('document-camera-missing');
  if (capture.kind === 'faces') return faceOn(capture, photos);
  photos.onFault?.(capture.detail);
  return none('document-camera-missing');
}

/** It must show one face, well. */
function faceOn(result: PhotoResult | DocumentCapture | undefined, photos: DocumentPhotos): DocumentReading {
  const [face, ...more] = result?.kind === 'faces' ? result.faces : [];
  if (face?.embedding === undefined || more.length > 0 || face.problems.length > 0)
    return none('document-photo-unusable');
  const { embedding } = face;
  return {
    kind: 'pass',
    pass: { distanceTo: (live, between = photos.distance) => between(embedding, live) },
  };
}

/** A vision process that dies of one photograph must not take the lane along. */
async function tried<T>(work: Promise<T>, limit: Millis, photos: DocumentPhotos): Promise<T | undefined> {
  try {
    return await within(limit, work, () => tooSlow(limit));
  } catch (error) {
    photos.onFault?.(explain(error));
    return undefined;
  }
}

const none = (reason: Extract<DocumentReading, { kind: 'none' }>['reason']) => ({
  kind: 'none' as const,
  reason,
});

const tooSlow = (limit: Millis): TwinstileError =>
  new TwinstileError({
    code: 'vision-failed',
    message: `Photograph of the document was not encoded within ${limit} ms.`,
  });
