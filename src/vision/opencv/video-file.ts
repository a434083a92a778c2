import { resolve } from 'node:path';
import type { Mat } from './binding.js';
import {
  type Capture,
  frameRate,
  isFolder,
  isSpecial,
  openCapture,
  unusable,
  whyUnreadable,
} from './capture.js';
import { cv } from './cv.js';
import { heldUpright } from './held-upright.js';
import { pictureOf } from './opencv-picture.js';
import type { Clip } from './playback.js';

/** Longest step between two frames that is accepted, in ms: the stamps of cut films jump. */
const MAX_STEP = 2000;

/**
 * A video file.
 * @throws TwinstileError 'camera-unusable' when it is missing, forbidden or holds no video; from read(), too, when it is
 * gone at the end of a round.
 */
export function openVideoFile(path: string, loop: boolean): Clip {
  let capture = open(path);
  // Read ahead, because FFmpeg opens some files that hold no picture.
  let ahead = capture.read();
  if (ahead === undefined) {
    capture.close();
    throw openError(path);
  }
  const interval = 1000 / frameRate(capture, 25);
  let next = 0;
  /** What is added to a stamp of the file for the time of the clip. */
  let offset: number | undefined;

  const readRound = (): Mat | undefined => {
    const mat = ahead ?? capture.read();
    ahead = undefined;
    return mat;
  };

  const readOn = (): Mat | undefined => {
    const mat = readRound();
    if (mat !== undefined || !loop) return mat;
    // Opened again and not wound back: that works for files without an index, too.
    capture.close();
    capture = open(path);
    offset = undefined;
    return readRound();
  };

  /** The time of the frame read last, and from it when the next one is expected. */
  const timeOf = (): number => {
    const stamp = capture.position();
    const stated = offset === undefined ? next : stamp + offset;
    const step = stated - (next - interval);
    const time = step > 0 && step <= MAX_STEP ? stated : next;
    offset = time - stamp;
    next = time + interval;
    return time;
  };

  return {
    interval,
    nextTime: () => next,
    read() {
      const mat = readOn();
      if (mat !== undefined) return { kind: 'frame', picture: pictureOf(mat), time: timeOf() };
      return loop ? { kind: 'lost', detail: `${path} holds no pictures any more.` } : { kind: 'end' };
    },
    pass() {
      const mat = readOn();
      if (mat === undefined) return false;
      mat.release();
      timeOf();
      return true;
    },
    close() {
      ahead?.release();
      capture.close();
    },
  };
}

/** An absolute path, so that FFmpeg cannot take "concat:…" for one of its protocols. */
const open = (path: string): Capture => {
  if (isSpecial(path)) throw openError(path);
  return heldUpright(openCapture(resolve(path), cv.CAP_FFMPEG, () => openError(path)));
};

function openError(path: string) {
  const why = whyUnreadable(path);
  if (why === 'missing')
    return unusable(
      `Expected a video file at ${path}, got nothing.`,
      'Check the path; it is relative to the configuration file.',
    );
  if (why === 'forbidden')
    return unusable(
      `${path} cannot be read: no permission.`,
      'Let the user that runs twinstile read it (chmod, chown).',
    );
  if (isSpecial(path) && !isFolder(path))
    return unusable(
      `Expected a video file at ${path}, got a pipe, a device or a socket.`,
      'Name a plain file; for a camera, set the kind to "usb".',
    );
  if (isFolder(path))
    return unusable(
      `Expected a video file at ${path}, got a folder.`,
      'For a folder of pictures, set the kind to "folder".',
    );
  return unusable(
    `Expected a video in ${path}, got something else.`,
    'Convert it: ffmpeg -i FILE -c:v libx264 NEW.mp4',
  );
}
