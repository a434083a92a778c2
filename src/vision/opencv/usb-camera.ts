import type { Clock } from '../../base/clock.js';
import type { TwinstileError } from '../../base/errors.js';
import type { Camera, CameraSource } from '../ports/camera.js';
import { frameRate, openCapture } from './capture.js';
import { cv } from './cv.js';
import { liveCamera } from './live-camera.js';
import { byClockStamp } from './newest-frame.js';
import { unusable, videoDevices, whyUnreadable } from './unusable.js';

type Usb = CameraSource & { kind: 'usb' };

/** "MJPG" as the four bytes of a FOURCC: raw pictures above 640x480 do not fit through USB 2 at 30 a second. */
const MJPG = Buffer.from('MJPG').readUInt32LE();

/** @throws TwinstileError 'camera-unusable' */
export function openUsbCamera({ device, width, height, fps }: Usb, clock: Clock): Camera {
  const capture = openCapture(device, cv.CAP_V4L2, () => openError(device));
  capture.set(cv.CAP_PROP_FOURCC, MJPG);
  if (width !== undefined) capture.set(cv.CAP_PROP_FRAME_WIDTH, width);
  if (height !== undefined) capture.set(cv.CAP_PROP_FRAME_HEIGHT, height);
  if (fps !== undefined) capture.set(cv.CAP_PROP_FPS, fps);
  // With one buffer a frame is filled only after it is asked for: nothing old can lie in it.
  capture.set(cv.CAP_PROP_BUFFERSIZE, 1);
  const interval = 1000 / frameRate(capture, fps ?? 30);
  return liveCamera(capture, clock, byClockStamp(interval), `${device} gives no pictures any more.`);
}

function openError(device: string): TwinstileError {
  switch (whyUnreadable(device)) {
    case 'missing':
      return unusable(
        `Expected a camera at ${device}, got no such device.`,
        `Plug the camera in, or name one of the video devices that are there: ${videoDevices()}.`,
      );
    case 'forbidden':
      return unusable(
        `Expected to read ${device}, got no permission.`,
        'Put the user that runs twinstile into the group "video" (usermod -aG video USER) and start it again.',
      );
    case undefined:
      return unusable(
        `Expected pictures from ${device}, got none.`,
        `Close other programs that use it (fuser ${device}), or name another of ${videoDevices()}: some cameras have a second device that gives no pictures.`,
      );
  }
}
