/** How is a vision process started, and what may it know? The same way from source and from `dist`. */
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Start } from '../../vision/process/vision-child.js';
import { type SandboxPolicy, sandboxed } from './sandbox-policy.js';

/** What loads this program's own files; a debugger's port, an `--eval` or a test runner's flags are not for children. */
const LOADING = ['--import', '--require', '-r', '--loader', '--experimental-loader', '--conditions', '-C'];
const ALONE = ['--enable-source-maps'];

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

export function visionStart({ dimension, onLine, env = process.env, reach }: VisionStart): Start {
  const { prefix, problem } = sandboxed(reach ?? { hide: [], show: [] });
  if (problem !== undefined) onLine(problem);
  const worker = new URL(`../../vision-worker${extname(import.meta.url)}`, import.meta.url);
  const node = [process.execPath, ...loadingFlags(process.execArgv), fileURLToPath(worker)] as const;
  const [program = process.execPath, ...args] = [...prefix, ...node];
  return {
    command: [program, ...args],
    env: nativeEnvironment(env),
    dimension,
    onLine,
  };
}

/** @param execArgv of this process: `--flag value` or `--flag=value`. */
export function loadingFlags(execArgv: readonly string[]): readonly string[] {
  return execArgv.filter((flag, index) => {
    const before = execArgv[index - 1];
    if (before !== undefined && LOADING.includes(before)) return true;
    return ALONE.includes(flag) || LOADING.some((name) => flag === name || flag.startsWith(`${name}=`));
  });
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
