/** Defines how long each kind of camera may take to its first picture, and how long its process may be silent meanwhile. */
import { type Millis, millis } from '../../base/units.js';
import type { CameraSource, OpeningPatience } from '../ports/camera.js';

interface CameraKind {
  /** As messages call it: "RTSP camera". */
  readonly name: string;
  /** Of the first attempt to open it. */
  readonly first: OpeningPatience;
  /** What slow attempts make of it at most. */
  readonly longest: OpeningPatience;
  /** Longest silence of the process until the first picture: one native call, and a margin. */
  readonly processSilence: Millis;
}

const limits = (analysis: number, silence: number, picture: number): OpeningPatience => ({
  analysis: millis(analysis),
  silence: millis(silence),
  picture: millis(picture),
});

/**
 * A connection that hangs is given up before 3 s are over. An RTSP camera shows nothing before its next whole picture, which is up
 * to a minute away with "smart" codecs. FFmpeg as OpenCV calls it ends each call after 30 s.
 */
const STREAM = {
  first: limits(1000, 2000, 30_000),
  longest: limits(25_000, 30_000, 120_000),
  processSilence: millis(45_000),
};
/** It may be on a slow disk. */
const PLAYED = {
  first: limits(1000, 2000, 20_000),
  longest: limits(1000, 2000, 20_000),
  processSilence: millis(30_000),
};

/** Cameras on USB wake up within some seconds, and GStreamer builds its pipeline first. */
const KINDS: Readonly<Record<CameraSource['kind'] | 'rtsp', CameraKind>> = {
  usb: {
    name: 'USB camera',
    first: limits(1000, 2000, 10_000),
    longest: limits(1000, 2000, 30_000),
    processSilence: millis(20_000),
  },
  csi: {
    name: 'CSI camera',
    first: limits(1000, 2000, 15_000),
    longest: limits(1000, 2000, 60_000),
    processSilence: millis(40_000),
  },
  stream: { name: 'HTTP camera', ...STREAM },
  rtsp: { name: 'RTSP camera', ...STREAM },
  file: { name: 'film', ...PLAYED },
  folder: { name: 'folder of pictures', ...PLAYED },
};

const kindOf = (source: CameraSource): CameraKind =>
  KINDS[source.kind === 'stream' && source.url.startsWith('rtsp') ? 'rtsp' : source.kind];

export const firstPatience = (source: CameraSource): OpeningPatience => kindOf(source).first;

/** "RTSP camera", and the longest silence of its process until the first picture. */
export function silenceWhileOpening(source: CameraSource): { readonly name: string; readonly limit: Millis } {
  const { name, processSilence } = kindOf(source);
  return { name, limit: processSilence };
}

/**
 * That of the next attempt: twice as long after one that took its time. What was refused at once is no slower the next time, and
 * longer waits would only keep a dead connection for longer.
 * @param took until the attempt failed.
 */
export function nextPatience(now: OpeningPatience, took: Millis, source: CameraSource): OpeningPatience {
  if (took < now.analysis) return now;
  const { longest } = kindOf(source);
  const twice = (name: keyof OpeningPatience) => Math.min(longest[name], 2 * now[name]);
  return limits(twice('analysis'), twice('silence'), twice('picture'));
}
