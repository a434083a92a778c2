import { existsSync } from 'node:fs';
import type { Clock } from '../../base/clock.js';
import type { Camera, CameraSource } from '../ports/camera.js';
import { openCapture } from './capture.js';
import { cv } from './cv.js';
import { liveCamera } from './live-camera.js';
import { holdsOne } from './newest-frame.js';
import { unusable } from './unusable.js';

type Csi = CameraSource & { kind: 'csi' };

/** Holds one frame and throws it away for the next, so that a look always gives the newest. */
const NEWEST_ONLY = 'appsink drop=true max-buffers=1 sync=false';

const JETSON_SOURCE = '/usr/lib/aarch64-linux-gnu/gstreamer-1.0/libgstnvarguscamerasrc.so';

/** @throws TwinstileError 'camera-unusable' */
export function openCsiCamera(source: Csi, clock: Clock): Camera {
  const pipeline = pipelineFor(source, existsSync(JETSON_SOURCE));
  const capture = openCapture(pipeline, cv.CAP_GSTREAMER, () =>
    unusable(
      `Expected pictures from the GStreamer pipeline ${shownPipeline(source, pipeline)}, got none.`,
      'Try it with gst-launch-1.0 (with fakesink in place of appsink) and install the plug-in that it misses.',
    ),
  );
  return liveCamera(capture, clock, holdsOne, 'The GStreamer pipeline gives no pictures any more.');
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
