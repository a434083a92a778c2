import type { Mat } from 'opencv4nodejs';
import type { Jpeg } from '../ports/picture.js';
import { cv } from './cv.js';
import { resized } from './resize.js';

/** Tried in this order; below the last one blocks show more than the face does. */
const QUALITIES = [85, 70, 50];
/** A picture that is still too long is made smaller by this. */
const SMALLER = 0.75;
/** Whatever it shows, a picture this small has few bytes. */
const MIN_SIZE = 160;

/** @param side longer side at the most, in pixels. @param bytes at the most. Neither is enlarged to. */
export function jpegOf(mat: Mat, side: number, bytes: number): Jpeg {
  const longest = Math.max(mat.cols, mat.rows);
  for (let wanted = Math.min(side, longest); ; wanted = Math.floor(wanted * SMALLER)) {
    const width = Math.max(1, Math.round((mat.cols * wanted) / longest));
    const height = Math.max(1, Math.round((mat.rows * wanted) / longest));
    const fitted = resized(mat, width, height);
    for (const quality of QUALITIES) {
      const jpeg = cv.imencode('.jpg', fitted, [cv.IMWRITE_JPEG_QUALITY, quality]);
      if (jpeg.length > bytes && wanted > MIN_SIZE) continue;
      fitted.release();
      return { bytes: jpeg, width, height };
    }
    fitted.release();
  }
}
