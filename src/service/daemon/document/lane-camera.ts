/** Opens the document camera of one lane, from its configuration, and checks whether it is present. */
import { realpathSync } from 'node:fs';
import { pause } from '../../../base/delay.js';
import { explain, TwinstileError } from '../../../base/errors.js';
import { type Millis, millis } from '../../../base/units.js';
import type { Degraded } from '../../../lane/health/degraded-modes.js';
import {
  type DocumentCamera,
  type DocumentCapture,
  type DocumentCaptureMode,
  type DocumentRegion,
  photoEncoderSettings,
} from '../../../vision/ports/vision.js';
import { startDocumentCamera } from '../../../vision/process/encoder-clients.js';
import type { Config } from '../../config/config-schema.js';
import type { DocumentConfig } from '../../config/sections/camera-section.js';
import type { LaneConfig } from '../../config/sections/lane-section.js';
import { sandboxPolicyOf } from '../../setup/sandbox-policy.js';
import { visionStart } from '../../setup/vision-process.js';

export interface DocumentCameraDependencies {
  readonly config: Config;
  readonly packFolder: string;
  /** Dimensions of an embedding, from the pack's card. */
  readonly dimension: number;
  /** Value of CREDENTIALS_DIRECTORY. */
  readonly credentials: string | undefined;
  readonly onLine: (line: string) => void;
}

/** @throws TwinstileError 'vision-failed', or the error that the process reports. */
export function startLaneDocumentCamera(
  pass: DocumentConfig,
  { config, packFolder, dimension, credentials, onLine }: DocumentCameraDependencies,
): Promise<DocumentCamera> {
  const { pack, provider, threads } = config.models;
  const reach = sandboxPolicyOf(config, packFolder, pass.camera, credentials);
  const minInterOcular = pass.min_inter_ocular_px;
  return startDocumentCamera({
    ...visionStart({ dimension, onLine, reach }),
    // The detector's as for photographs: a document fills more or less of the picture.
    setup: photoEncoderSettings({ packFolder, pack, provider, threads, minInterOcular }),
    place: placeOf(pass),
  });
}

const placeOf = ({ camera, roi: zone, max_inter_ocular_px: most }: DocumentConfig): DocumentRegion => ({
  source: camera,
  zone,
  maxInterOcular: most,
});

/**
 * Compares devices, because one device may have several names (/dev/v4l/by-id/…), which the configuration alone does not show.
 * @throws TwinstileError 'config-invalid' when the document camera is also a camera that films people.
 */
export function expectOtherCamera(
  lane: Pick<LaneConfig, 'id' | 'document_camera'>,
  lanes: readonly LaneConfig[],
): void {
  const own = lane.document_camera === undefined ? undefined : realPlace(lane.document_camera.camera);
  const twin = lanes.find(({ camera }) => own !== undefined && realPlace(camera) === own);
  if (twin === undefined) return;
  throw new TwinstileError({
    code: 'config-invalid',
    message: `Expected a camera of its own for the passes of lane "${lane.id}", got ${own}, which looks at the people of lane "${twin.id}".`,
    hint: 'Name another camera in pass.camera: a face would be compared with itself.',
  });
}

function realPlace(camera: LaneConfig['camera']): string | undefined {
  const named = 'device' in camera ? camera.device : 'path' in camera ? camera.path : undefined;
  if (named === undefined) return undefined;
  try {
    return realpathSync(named);
  } catch {
    // A missing device is the same as no other; it is reported when it is opened.
    return undefined;
  }
}

export interface DocumentCameraWatch extends Pick<DocumentCamera, 'capture'> {
  /** Fault for the state of the lane. */
  readonly faults: () => readonly Degraded[];
  /** Checks the camera until the signal aborts, and ends its process then. */
  run(signal: AbortSignal): Promise<void>;
}

interface ObservedCamera {
  /** Starts the camera's process. */
  readonly start: () => Promise<DocumentCamera>;
  /** Called at each change, with the fault when the camera is gone. */
  readonly onChange: (fault: string | undefined) => void;
  readonly every?: Millis;
  readonly again?: Millis;
}

/** Interval while the camera is present: it is opened for each check, and its lamp may be visible. */
const EVERY = millis(60_000);
/** Interval while the camera is absent: short, so that a camera that was plugged in again is soon reported. */
const AGAIN = millis(5000);

const MISSING: readonly Degraded[] = ['document-camera-missing'];
const NOTHING_THERE: DocumentCapture = { kind: 'faces', faces: [] };

/**
 * Checks now and then whether the document camera is present, so that the lane's state reports a missing one before a visitor
 * needs it.
 */
export function watchDocumentCamera({
  start,
  onChange,
  every = EVERY,
  again = AGAIN,
}: ObservedCamera): DocumentCameraWatch {
  const kept = createKept(start);
  let fault: string | undefined;
  let isCapturing = false;
  let probing: Promise<unknown> = Promise.resolve();

  const note = (next: string | undefined) => {
    if (next !== fault) onChange(next);
    fault = next;
  };
  const ask = async (options: DocumentCaptureMode): Promise<DocumentCapture> => {
    try {
      const seen = await kept.use((camera) => camera.capture(options));
      note(seen.kind === 'no-picture' ? seen.detail : undefined);
      return seen;
    } catch (error) {
      note(explain(error));
      throw error;
    }
  };
  /** A visitor waits for a check that is under way, and a check is skipped for a visitor. */
  const capture: DocumentCameraWatch['capture'] = async (options) => {
    // Two captures at once would take one pass for two people; the second visitor presents their pass again.
    if (isCapturing) return NOTHING_THERE;
    isCapturing = true;
    try {
      await probing;
      return await ask(options);
    } finally {
      isCapturing = false;
    }
  };
  const probe = async () => {
    if (isCapturing) return;
    // The fault is recorded; a lane does not end because this camera is missing.
    probing = ask('picture').catch(() => {});
    await probing;
  };
  return {
    capture,
    faults: () => (fault === undefined ? [] : MISSING),
    async run(signal) {
      while (!signal.aborted) {
        await probe();
        await pause(fault === undefined ? every : again, signal);
      }
      await kept.close();
    },
  };
}

interface Kept<Process> {
  /** Rejects with what starting or `work` rejects with; the next use starts a new process then. */
  use<Result>(work: (process: Process) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

/** Starts a helper process at its first use, and again after it died. */
export function createKept<Process extends { close(): Promise<void> }>(
  start: () => Promise<Process>,
): Kept<Process> {
  let starting: Promise<Process> | undefined;
  const drop = async (process: Promise<Process>) => {
    if (starting === process) starting = undefined;
    // The process may have died already, or never started.
    await process.then((one) => one.close()).catch(() => {});
  };
  return {
    async use(work) {
      starting ??= start();
      const process = starting;
      try {
        return await work(await process);
      } catch (error) {
        await drop(process);
        throw error;
      }
    },
    async close() {
      if (starting !== undefined) await drop(starting);
    },
  };
}
