/** Loads the module that is compiled against the machine's OpenCV (scripts/native). */
import { createRequire } from 'node:module';
import { TwinstileError } from '../../base/errors.js';
import { faultOfBindings } from '../../platform/native-bindings.js';
import type { OpenCv } from './binding.js';

function load(): OpenCv {
  const require = createRequire(import.meta.url);
  // Read by OpenCV when it is loaded: seconds until a V4L2 device that gives nothing is given up (10 by default).
  process.env.OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT ??= '2';
  try {
    return require('../../../node_modules/.twinstile/opencv.node') as OpenCv;
  } catch (cause) {
    throw (
      faultOfBindings() ??
      new TwinstileError({
        code: 'setup-incomplete',
        message: 'Expected the module for OpenCV, got none that can be loaded.',
        hint: 'Run ./scripts/setup in the project folder, or install the current package.',
        cause,
      })
    );
  }
}

export const cv = load();

/** OpenCV would take every core for work that one does in a millisecond. @param count 1 or more. */
export function limitThreads(count: number): void {
  cv.setNumThreads(count);
}

/** The library's own answer, "4.6.0". */
export function opencvVersion(): string {
  const { major, minor, revision } = cv.version;
  return `${major}.${minor}.${revision}`;
}
