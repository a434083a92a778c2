/** Opens live cameras: USB (V4L2), CSI (GStreamer) and network streams (FFmpeg). */
import { existsSync } from 'node:fs';
import type { Clock } from '../../base/clock.js';
import type { TwinstileError } from '../../base/errors.js';
import { addressParts, showAddress } from '../../base/shown-address.js';
import { monotonic } from '../../base/units.js';
import type { Camera, CameraSource, Grab, OpeningPatience } from '../ports/camera.js';
import { type Capture, frameRate, openCapture, unusable, videoDevices, whyUnreadable } from './capture.js';
import { cv } from './cv.js';
import { heldUpright } from './held-upright.js';
import { byClockStamp, byCount, byStreamStamp, holdsOne, type ReadingCheck } from './newest-frame.js';
import { pictureOf } from './opencv-picture.js';

/** Longest search for the newest frame, in ms. What is found by then goes out with its true age. */
const MAX_SEARCH = 400;

/**
 * A read that took this long, in ms, ran into the backend's own limit of 2 s. What it gives then is what a decoder still
 * held, and the next read would wait as long again. Only the first picture may take longer.
 */
const HOPELESS = 1900;

/** A read that took so long, in ms, waited for something: the source is not at its end. */
const BLOCKED = 5;
/** So many reads in a row that waited for nothing have nothing to wait for. What a stream has buffered at its start is less. */
const MAX_IDLE_READS = 200;

interface Live {
  readonly capture: Capture;
  readonly clock: Clock;
  readonly judge: ReadingCheck;
  /** Detail of 'lost'. */
  readonly gone: string;
  /** Since when it is being opened, and how long its first picture may take from then on. */
  readonly opening: { readonly since: number; readonly patience: OpeningPatience };
}

/** A camera that delivers by itself: each look gives the newest frame, and counts those that were passed over for it. */
function liveCamera({ capture, clock, judge, gone, opening }: Live): Camera {
  let hasShown = false;
  let idleReads = 0;
  /** What a read means that gave no frame: before the first one, that a decoder still waits for a whole picture. */
  const without = (took: number): Grab => {
    idleReads = took < BLOCKED ? idleReads + 1 : 0;
    const isLate = clock.monotonic() - opening.since >= opening.patience.picture;
    if (hasShown || isLate || idleReads >= MAX_IDLE_READS) return { kind: 'lost', detail: gone };
    return { kind: 'wait', wait: 0 };
  };
  return {
    grab() {
      const began = clock.monotonic();
      for (let skipped = 0; ; skipped += 1) {
        const start = clock.monotonic();
        const mat = capture.read();
        const end = clock.monotonic();
        if (mat === undefined) return without(end - start);
        if (hasShown && end - start >= HOPELESS) {
          mat.release();
          return { kind: 'lost', detail: gone };
        }
        hasShown = true;
        const { isNewest, at } = judge({ start, end, stamp: capture.position() });
        if (isNewest || end - began >= MAX_SEARCH)
          return { kind: 'frame', picture: pictureOf(mat), at: monotonic(Math.min(at, end)), skipped };
        mat.release();
      }
    },
    close: () => capture.close(),
  };
}

type Csi = CameraSource & { kind: 'csi' };

/** Holds one frame and throws it away for the next, so that a look always gives the newest. */
const NEWEST_ONLY = 'appsink drop=true max-buffers=1 sync=false';

const JETSON_SOURCE = '/usr/lib/aarch64-linux-gnu/gstreamer-1.0/libgstnvarguscamerasrc.so';

/** @throws TwinstileError 'camera-unusable' */
export function openCsiCamera(source: Csi, clock: Clock, patience: OpeningPatience): Camera {
  const since = clock.monotonic();
  const pipeline = pipelineFor(source, existsSync(JETSON_SOURCE));
  const capture = openCapture(pipeline, cv.CAP_GSTREAMER, () =>
    unusable(
      `The GStreamer pipeline ${shownPipeline(source, pipeline)} sends no pictures.`,
      'Try it with gst-launch-1.0 (with fakesink in place of appsink) and install the plug-in that it misses.',
    ),
  );
  return liveCamera({
    capture,
    clock,
    judge: holdsOne,
    gone: 'The GStreamer pipeline gives no pictures.',
    opening: { since, patience },
  });
}

/** One of the operator's own may name a camera with its login. */
const shownPipeline = (source: Csi, pipeline: string): string =>
  source.pipeline === undefined ? `"${pipeline}"` : 'of the configuration';

/**
 * The stock pipeline: NVIDIA's Argus on a Jetson, libcamera elsewhere.
 * @throws TwinstileError 'camera-unusable' for a second sensor behind libcamera, which takes them by name only.
 */
function pipelineFor(
  { sensor, width = 1280, height = 720, fps = 30, pipeline }: Csi,
  isJetson: boolean,
): string {
  if (pipeline !== undefined) return pipeline;
  const size = `width=${width},height=${height},framerate=${Math.round(fps)}/1`;
  const convert = `video/x-raw,format=BGRx ! videoconvert ! video/x-raw,format=BGR ! ${NEWEST_ONLY}`;
  if (isJetson)
    return `nvarguscamerasrc sensor-id=${sensor} ! video/x-raw(memory:NVMM),${size} ! nvvidconv ! ${convert}`;
  if (sensor !== 0)
    throw unusable(
      `Expected sensor 0 where libcamera is used, got sensor ${sensor}.`,
      'Give the whole pipeline, with the name that "cam --list" shows: libcamerasrc camera-name=NAME ! …',
    );
  return `libcamerasrc ! video/x-raw,${size} ! videoconvert ! ${convert}`;
}

type Usb = CameraSource & { kind: 'usb' };

/** "MJPG" as the four bytes of a FOURCC: raw pictures above 640x480 do not fit through USB 2 at 30 a second. */
const MJPG = Buffer.from('MJPG').readUInt32LE();

/** @throws TwinstileError 'camera-unusable' */
export function openUsbCamera(
  { device, width, height, fps }: Usb,
  clock: Clock,
  patience: OpeningPatience,
): Camera {
  const since = clock.monotonic();
  const capture = openCapture(device, cv.CAP_V4L2, () => openError(device));
  capture.set(cv.CAP_PROP_FOURCC, MJPG);
  if (width !== undefined) capture.set(cv.CAP_PROP_FRAME_WIDTH, width);
  if (height !== undefined) capture.set(cv.CAP_PROP_FRAME_HEIGHT, height);
  if (fps !== undefined) capture.set(cv.CAP_PROP_FPS, fps);
  // With one buffer a frame is filled only after it is asked for: nothing old can lie in it.
  capture.set(cv.CAP_PROP_BUFFERSIZE, 1);
  const interval = 1000 / frameRate(capture, fps ?? 30);
  return liveCamera({
    capture,
    clock,
    judge: byClockStamp(interval),
    gone: `${device} gives no pictures.`,
    opening: { since, patience },
  });
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
        `${device} cannot be read: no permission.`,
        'Put the user that runs twinstile into the group "video" (usermod -aG video USER) and start it again.',
      );
    case undefined:
      return unusable(
        `${device} sends no pictures.`,
        `Close other programs that use it (fuser ${device}), or name another of ${videoDevices()}: some cameras have a second device that gives no pictures.`,
      );
  }
}

/** FFmpeg's options: OpenCV reads it from the environment at each opening. */
const OPTIONS = 'OPENCV_FFMPEG_CAPTURE_OPTIONS';

/** @throws TwinstileError 'camera-unusable' */
export function openStreamCamera(
  { url }: CameraSource & { kind: 'stream' },
  clock: Clock,
  patience: OpeningPatience,
): Camera {
  const shown = showAddress(url, { path: true });
  const since = clock.monotonic();
  const fault = () => streamFault(url, patience, clock.monotonic() - since);
  const capture = openWithOptions(url, patience, fault);
  // OpenCV gives no picture of a stream whose size it did not find before, not even when a whole one comes.
  if (!(capture.get(cv.CAP_PROP_FRAME_WIDTH) > 0)) {
    capture.close();
    throw fault();
  }
  const interval = 1000 / frameRate(capture, 25);
  return liveCamera({
    capture,
    clock,
    judge: url.startsWith('rtsp') ? byStreamStamp(interval) : byCount(interval),
    gone: `The stream at ${shown} broke off.`,
    opening: { since, patience },
  });
}

/** @param took ms until it could not be opened. */
function streamFault(url: string, patience: OpeningPatience, took: number): TwinstileError {
  const shown = showAddress(url, { path: true });
  if (addressParts(url) === undefined)
    return unusable(
      `There is no video stream at ${shown}.`,
      'Write / ? # and @ of a login as %2F %3F %23 and %40: as it is, nobody can tell where the login ends.',
    );
  if (took < patience.analysis)
    return unusable(
      `There is no video stream at ${shown}.`,
      'Open the address in a player (ffplay) from this machine; check the network, the path and the login in it. doctor says what the camera answers.',
    );
  return unusable(
    `No first picture came from ${shown} within ${patience.silence / 1000} s.`,
    `The next attempt waits twice as long, up to 30 s. If it stays so, ${url.startsWith('rtsp') ? 'set a shorter interval of whole pictures (I frames) in the camera' : 'look at the stream in a player (ffplay)'}.`,
  );
}

function openWithOptions(
  url: string,
  patience: OpeningPatience,
  fault: Parameters<typeof openCapture>[2],
): Capture {
  const given = process.env[OPTIONS];
  // What the operator set for an odd camera is kept.
  process.env[OPTIONS] = given ?? streamOptions(cv.getBuildInformation(), patience);
  try {
    // A recording that a server hands out has a matrix too.
    return heldUpright(openCapture(url, cv.CAP_FFMPEG, fault));
  } finally {
    if (given === undefined) delete process.env[OPTIONS];
  }
}

/** FFmpeg's 5 MB are less than some seconds of a sharp picture. */
const PROBE_BYTES = 64_000_000;

/**
 * TCP, because lost UDP packets smear faces; no buffer of FFmpeg's own; and an end to each wait: after 2 s at first, so that a
 * stream that hangs is given up before 3 s are over, and after more with a camera that was found to take longer to its first
 * picture, which cannot be distinguished. Until FFmpeg 4 (libavformat 58) the RTSP option "timeout" made it wait for callers, and
 * "stimeout" was this one.
 */
function streamOptions(buildInformation: string, patience: OpeningPatience): string {
  const libavformat = Number(/avformat:\s+YES \((\d+)\./.exec(buildInformation)?.[1] ?? 59);
  const timeout = libavformat >= 59 ? 'timeout' : 'stimeout';
  const silence = 1000 * patience.silence;
  const options = {
    rtsp_transport: 'tcp',
    [timeout]: silence,
    rw_timeout: silence,
    fflags: 'nobuffer',
    flags: 'low_delay',
    analyzeduration: 1000 * patience.analysis,
    probesize: PROBE_BYTES,
  };
  return Object.entries(options)
    .map(([name, value]) => `${name};${value}`)
    .join('|');
}
