import type { Clock } from '../../base/clock.js';
import { firstPatience } from '../camera/camera-patience.js';
import type { Camera, CameraSource, OpenCamera } from '../ports/camera.js';
import { openCsiCamera, openStreamCamera, openUsbCamera } from './live-camera.js';
import { openPictureFolder } from './picture-folder.js';
import { type Clip, playFast, playInRealTime } from './playback.js';
import { openVideoFile } from './video-file.js';

/**
 * Opens any source there is.
 * @param clock stamps what comes from live sources and from files in real time.
 * @returns a function that throws TwinstileError 'camera-unusable' with what to do about it.
 */
export function createOpenCamera(clock: Clock): OpenCamera {
  const play = (clip: Clip, pace: 'real-time' | 'fast'): Camera =>
    pace === 'fast' ? playFast(clip) : playInRealTime(clip, clock);
  return (source: CameraSource, patience = firstPatience(source)): Camera => {
    switch (source.kind) {
      case 'usb':
        return openUsbCamera(source, clock, patience);
      case 'csi':
        return openCsiCamera(source, clock, patience);
      case 'stream':
        return openStreamCamera(source, clock, patience);
      case 'file':
        return play(openVideoFile(source.path, source.loop), source.pace);
      case 'folder':
        return play(openPictureFolder(source.path, source.fps, source.loop), source.pace);
    }
  };
}
