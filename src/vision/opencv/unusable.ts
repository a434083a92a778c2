import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { TwinstileError } from '../../base/errors.js';

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
