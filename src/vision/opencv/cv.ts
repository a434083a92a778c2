/** Loads the OpenCV binding. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { TwinstileError } from '../../base/errors.js';

type OpenCv = typeof import('opencv4nodejs');

/**
 * The compiled binding itself, without the package's JavaScript around it: that one searches the disk for builds of
 * OpenCV, reads the package.json of the working directory and prints what it found, all at each start.
 */
function load(): OpenCv {
  const require = createRequire(import.meta.url);
  // Read by OpenCV when it is loaded: seconds until a V4L2 device that gives nothing is given up (10 by default).
  process.env.OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT ??= '2';
  try {
    const entry = require.resolve('opencv4nodejs');
    return require(join(dirname(entry), '..', '..', 'build', 'Release', 'opencv4nodejs.node')) as OpenCv;
  } catch (cause) {
    throw new TwinstileError({
      code: 'setup-incomplete',
      message: 'The OpenCV binding cannot be loaded.',
      hint: 'Install OpenCV (Debian: libopencv-dev), then run ./scripts/setup in the project folder.',
      cause,
    });
  }
}

export const cv = load();

/** OpenCV would take every core for work that one does in a millisecond. @param count 1 or more. */
export function limitThreads(count: number): void {
  // In the binding, but not in its types.
  (cv as typeof cv & { setNumThreads(count: number): void }).setNumThreads(count);
}

/** The library's own answer, "4.6.0". */
export function opencvVersion(): string {
  const { major, minor, revision } = (
    cv as typeof cv & { readonly version: { major: number; minor: number; revision: number } }
  ).version;
  return `${major}.${minor}.${revision}`;
}
