/** Composes the command and the environment of a vision process. */
import { programCommand } from '../../platform/spawn-worker.js';
import type { ProcessStart } from '../../vision/process/vision-child.js';
import { type SandboxPolicy, sandboxed } from './sandbox-policy.js';

/** Variables that native libraries look for. Whatever else core was started with (logins, CREDENTIALS_DIRECTORY) stays with core. */
const NAMES = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'LD_LIBRARY_PATH', 'XDG_CACHE_HOME'];
const PREFIXES = ['GST_', 'OPENCV_', 'OPENCV4NODEJS_', 'CUDA_', 'NVIDIA_', 'ORT_', 'OMP_'];

export interface VisionStart {
  /** Numbers per embedding, from the pack's card. */
  readonly dimension: number;
  /** Hears each line the process writes to stdout or stderr. */
  readonly onLine: (line: string) => void;
  /** Core's own environment; only what native libraries need of it is handed on. */
  readonly env?: NodeJS.ProcessEnv;
  /** What it may not reach; absent: it may reach what this user may. */
  readonly reach?: SandboxPolicy;
}

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
