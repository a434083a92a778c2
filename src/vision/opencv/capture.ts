/** Opens OpenCV's captures, and finds out why one cannot be opened. */
import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { TwinstileError } from '../../base/errors.js';
import type { Mat, VideoCapture } from './binding.js';
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

export function unusable(message: string, hint: string, cause?: unknown): TwinstileError {
  return new TwinstileError({ code: 'camera-unusable', message, hint, cause });
}

/** The reason why a path cannot be read, or undefined when it can. */
export function whyUnreadable(path: string): 'missing' | 'forbidden' | undefined {
  try {
    accessSync(path, constants.R_OK);
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EACCES' ? 'forbidden' : 'missing';
  }
}

export const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** Whether something is there that is no plain file: FFmpeg would wait for a pipe for ever. */
export const isSpecial = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isFile() === false;

/** "/dev/video0, /dev/video1", or "none". */
export function videoDevices(): string {
  const names = readdirSync('/dev').filter((name) => /^video\d+$/.test(name));
  return names.length === 0 ? 'none' : names.map((name) => `/dev/${name}`).join(', ');
}
