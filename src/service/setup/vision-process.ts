/** Derives the settings, the camera, the command and the environment of a vision process. */
import { statSync } from 'node:fs';
import path from 'node:path';
import { TwinstileError } from '../../base/errors.js';
import { showSource } from '../../base/shown-address.js';
import { programCommand } from '../../platform/spawn-worker.js';
import type { CameraSource } from '../../vision/ports/camera.js';
import type { VisionSettings } from '../../vision/ports/vision.js';
import type { ProcessStart } from '../../vision/process/vision-child.js';
import { type LaneConfig, laneSchema } from '../config/sections/lane-section.js';
import { type SandboxPolicy, sandboxed } from './sandbox-policy.js';

type LaneVisionSettings = Omit<VisionSettings, 'source'>;
type Networks = Pick<LaneVisionSettings, 'pack' | 'packFolder' | 'provider' | 'threads'>;

export const visionSettingsOf = (
  { detector, quality, roi: zone }: Pick<LaneConfig, 'detector' | 'quality' | 'roi'>,
  { pack, packFolder, provider, threads }: Networks,
): LaneVisionSettings => ({
  pack,
  packFolder,
  provider,
  threads,
  detector: { width: detector.width, minScore: detector.min_score },
  minInterOcular: quality.min_inter_ocular_px,
  zone,
});

/**
 * Settings of a lane with the defaults only, for measurements on recordings.
 * @param minInterOcular replaces the lane's default.
 */
export function recordingVisionSettings(
  pack: string,
  packFolder: string,
  minInterOcular?: number,
): LaneVisionSettings {
  const lane = laneSchema.parse({
    id: 'recordings',
    gate: 'none',
    direction: 'in',
    camera: { kind: 'file', path: 'clip' },
    quality: { min_inter_ocular_px: minInterOcular },
  });
  return visionSettingsOf(lane, onCpu(pack, packFolder));
}

/** One thread on the CPU: available on every machine, and the basis on which figures are compared. */
export const onCpu = (pack: string, packFolder: string): Networks => ({
  pack,
  packFolder,
  provider: 'cpu',
  threads: 1,
});

interface Playback {
  readonly pace: 'real-time' | 'fast';
  readonly loop: boolean;
}

const FOLDER_FPS = 10;

/**
 * Parses the argument of `--camera`: "/dev/video0" (or "0"), "rtsp://…", "http://…", "csi:0", a video file or a folder of images.
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

/** Variables that native libraries read. The rest of core's environment (logins, CREDENTIALS_DIRECTORY) is not passed on. */
const NAMES = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'LD_LIBRARY_PATH', 'XDG_CACHE_HOME'];
const PREFIXES = ['GST_', 'OPENCV_', 'OPENCV4NODEJS_', 'CUDA_', 'NVIDIA_', 'ORT_', 'OMP_'];

interface VisionStart {
  /** Dimension of an embedding, from the pack's card. */
  readonly dimension: number;
  /** Receives each line the process writes to stdout or stderr. */
  readonly onLine: (line: string) => void;
  /** Core's own environment; only the variables that native libraries need are passed on. */
  readonly env?: NodeJS.ProcessEnv;
  /** Sandbox of the process; absent: it has the rights of this user. */
  readonly reach?: SandboxPolicy;
}

/** Composes the command and the environment of a vision process. */
export function visionStart({ dimension, onLine, env = process.env, reach }: VisionStart): ProcessStart {
  const { prefix, problem } = sandboxed(reach ?? { hide: [], show: [] });
  if (problem !== undefined) onLine(problem);
  const node = programCommand('vision-worker');
  const [program = node.command, ...args] = [...prefix, node.command, ...node.args];
  return {
    command: [program, ...args],
    env: nativeEnvironment(env),
    dimension,
    onLine,
  };
}

export function nativeEnvironment(env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const wanted = (name: string): boolean =>
    NAMES.includes(name) || PREFIXES.some((prefix) => name.startsWith(prefix));
  return Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && wanted(entry[0]),
    ),
  );
}
