/** Parses the argument of `--camera`. */
import { statSync } from 'node:fs';
import path from 'node:path';
import { TwinstileError } from '../../base/errors.js';
import { showSource } from '../../base/shown-address.js';
import type { CameraSource } from '../../vision/ports/camera.js';

export interface Playback {
  readonly pace: 'real-time' | 'fast';
  readonly loop: boolean;
}

const FOLDER_FPS = 10;

/**
 * "/dev/video0" (or "0"), "rtsp://…", "http://…", "csi:0", a video file or a folder of images.
 * @throws TwinstileError 'camera-unusable' for any other argument.
 */
export function readCamera(argument: string, playback: Playback): CameraSource {
  if (/^(rtsps?|https?):\/\/./.test(argument)) return { kind: 'stream', url: argument };
  if (/^\d{1,2}$/.test(argument)) return { kind: 'usb', device: `/dev/video${argument}` };
  const csi = /^csi:(\d{1,2})$/.exec(argument)?.[1];
  if (csi !== undefined) return { kind: 'csi', sensor: Number(csi) };
  const file = path.resolve(argument);
  // An empty argument would resolve to the working directory.
  const found = argument === '' ? undefined : statSync(file, { throwIfNoEntry: false });
  if (found?.isDirectory()) return { kind: 'folder', path: file, fps: FOLDER_FPS, ...playback };
  if (found?.isFile()) return { kind: 'file', path: file, ...playback };
  // A device that is not plugged in yet is accepted as well: the lane waits for it.
  if (found?.isCharacterDevice() || argument.startsWith('/dev/')) return { kind: 'usb', device: argument };
  throw new TwinstileError({
    code: 'camera-unusable',
    message: `Expected a camera, got "${showSource(argument)}", which is nothing that exists.`,
    hint: 'Name a device (/dev/video0), an address (rtsp://…), a video file or a folder of images.',
  });
}
