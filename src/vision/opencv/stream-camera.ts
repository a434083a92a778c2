import type { Clock } from '../../base/clock.js';
import { addressDependencies, showAddress } from '../../base/shown-address.js';
import type { Camera, CameraSource } from '../ports/camera.js';
import { type Capture, frameRate, openCapture } from './capture.js';
import { cv } from './cv.js';
import { liveCamera } from './live-camera.js';
import { byCount, byStreamStamp } from './newest-frame.js';
import { unusable } from './unusable.js';

/** Longest silence on the network, in microseconds: with it, a stream that hangs is given up before 3 s are over. */
const SILENCE = 2_000_000;

/** FFmpeg's options: OpenCV reads it from the environment at each opening. */
const OPTIONS = 'OPENCV_FFMPEG_CAPTURE_OPTIONS';

/** @throws TwinstileError 'camera-unusable' */
export function openStreamCamera({ url }: CameraSource & { kind: 'stream' }, clock: Clock): Camera {
  const shown = showAddress(url, { path: true });
  const capture = openWithOptions(url, () =>
    unusable(
      `Expected a video stream at ${shown}, got none.`,
      addressDependencies(url) === undefined
        ? 'Write / ? # and @ of a login as %2F %3F %23 and %40: as it is, nobody can tell where the login ends.'
        : 'Open the address in a player (ffplay) from this machine; check the network, the path and the login in it.',
    ),
  );
  const interval = 1000 / frameRate(capture, 25);
  const judge = url.startsWith('rtsp') ? byStreamStamp(interval) : byCount(interval);
  return liveCamera(capture, clock, judge, `The stream at ${shown} broke off.`);
}

function openWithOptions(url: string, fault: Parameters<typeof openCapture>[2]): Capture {
  const given = process.env[OPTIONS];
  // What the operator set for an odd camera is kept.
  process.env[OPTIONS] = given ?? streamOptions(cv.getBuildInformation());
  try {
    return openCapture(url, cv.CAP_FFMPEG, fault);
  } finally {
    if (given === undefined) delete process.env[OPTIONS];
  }
}

/**
 * TCP, because lost UDP packets smear faces; no buffer of FFmpeg's own; and an end to each wait. Until FFmpeg 4
 * (libavformat 58) the RTSP option "timeout" made it wait for callers, and "stimeout" was this one.
 */
function streamOptions(buildInformation: string): string {
  const libavformat = Number(/avformat:\s+YES \((\d+)\./.exec(buildInformation)?.[1] ?? 59);
  const timeout = libavformat >= 59 ? 'timeout' : 'stimeout';
  const options = {
    rtsp_transport: 'tcp',
    [timeout]: SILENCE,
    rw_timeout: SILENCE,
    fflags: 'nobuffer',
    flags: 'low_delay',
    analyzeduration: 1_000_000,
  };
  return Object.entries(options)
    .map(([name, value]) => `${name};${value}`)
    .join('|');
}
