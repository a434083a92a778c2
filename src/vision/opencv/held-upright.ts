/** Turns the pictures of a film upright that was recorded with the camera on its side, with any OpenCV. */
import type { Capture } from './capture.js';
import { opencvVersion } from './cv.js';
import { type Orientation, turnedUpright } from './exif.js';

/** VideoCaptureProperties of OpenCV 4.5 and newer, which the binding does not name. */
const ORIENTATION_META = 48;
const ORIENTATION_AUTO = 49;

/**
 * Turns them as FFmpeg's own programs do, by the film's rotation matrix. OpenCV's turning is switched off for it: 4.6 takes the
 * angle the wrong way round, and from 4.11 on it turns nothing unless asked to.
 */
export function heldUpright(capture: Capture, version = opencvVersion()): Capture {
  const orientation = orientationOfFilm(capture.get(ORIENTATION_META), version);
  if (orientation === 1 || !capture.set(ORIENTATION_AUTO, 0)) return capture;
  return {
    ...capture,
    read() {
      const mat = capture.read();
      return mat === undefined ? undefined : turnedUpright(mat, orientation);
    },
  };
}

/** Turns of a picture to the right, in degrees, as the EXIF orientation they would be. */
const TURNED: Readonly<Record<number, Orientation>> = { 90: 6, 180: 3, 270: 8 };

/**
 * @param angle what OpenCV reads of the film: degrees to the right that make it upright, in any sign; 4.6 gives them to the left
 * (its issue 22088, mended in 4.7.0).
 * @param version of OpenCV, "4.6.0".
 * @returns 1 for none, and for an angle that is no quarter turn.
 */
export function orientationOfFilm(angle: number, version: string): Orientation {
  const isLeft = version.startsWith('4.6.');
  const right = (((isLeft ? -angle : angle) % 360) + 360) % 360;
  return TURNED[right] ?? 1;
}
