import type { Mat, VideoCapture } from 'opencv4nodejs';
import type { TwinstileError } from '../../base/errors.js';
import { cv } from './cv.js';

/** What a VideoCapture is asked for here. */
export interface Capture {
  /** The next frame, or undefined when there is none: at the end, after an error, after a timeout. Blocks. */
  read(): Mat | undefined;
  /** Of the frame read last, in ms, on a clock that depends on the backend; 0 when unknown. */
  position(): number;
  get(property: number): number;
  set(property: number, value: number): boolean;
  close(): void;
}

/**
 * @param fault what to throw when it cannot be opened; the binding itself gives no reason.
 * @throws TwinstileError made by `fault`.
 */
export function openCapture(from: string, backend: number, fault: () => TwinstileError): Capture {
  let capture: VideoCapture;
  try {
    capture = new cv.VideoCapture(from, backend);
  } catch {
    // "failed to open capture" is its whole message; `fault` looks for the reason.
    throw fault();
  }
  return {
    read() {
      const mat = capture.read();
      if (mat.rows > 0) return mat;
      mat.release();
      return undefined;
    },
    position: () => capture.get(cv.CAP_PROP_POS_MSEC),
    get: (property) => capture.get(property),
    set: (property, value) => capture.set(property, value),
    close: () => capture.release(),
  };
}

/** Frames a second by the backend, or `otherwise` when that is no camera's rate. */
export function frameRate(capture: Capture, otherwise: number): number {
  const fps = capture.get(cv.CAP_PROP_FPS);
  return fps >= 0.1 && fps <= 240 ? fps : otherwise;
}
