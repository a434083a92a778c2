/** Composes the command and the environment of a vision process. */
import { programCommand } from '../../platform/spawn-worker.js';
import type { ProcessStart } from '../../vision/process/vision-child.js';
import { type SandboxPolicy, sandboxed } from './sandbox-policy.js';

/** Variables that native libraries read. The rest of core's environment (logins, CREDENTIALS_DIRECTORY) is not passed on. */
const NAMES = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'LD_LIBRARY_PATH', 'XDG_CACHE_HOME'];
const PREFIXES = ['GST_', 'OPENCV_', 'OPENCV4NODEJS_', 'CUDA_', 'NVIDIA_', 'ORT_', 'OMP_'];

export interface VisionStart {
  /** Dimension of an embedding, from the pack's card. */
  readonly dimension: number;
  /** Receives each line the process writes to stdout or stderr. */
  readonly onLine: (line: string) => void;
  /** Core's own environment; only the variables that native libraries need are passed on. */
  readonly env?: NodeJS.ProcessEnv;
  /** Sandbox of the process; absent: it has the rights of this user. */
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
